// Fuzzing: `fuzz TARGET CORPUS… [options of libFuzzer]`, as `scripts/fuzz` runs it.

import PinxitPlatform

/// libFuzzer's entry for programs that have a main of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The library that is linked asks for it; the driver is given a body of its own.
@_cdecl("LLVMFuzzerTestOneInput")
public func unusedTarget(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt { 0 }

guard CommandLine.arguments.count > 1, let target = FuzzTarget.all[CommandLine.arguments[1]] else {
    for name in FuzzTarget.all.keys.sorted() { print(name) }
    exit(CommandLine.arguments.count > 1 ? 64 : 0)
}
FuzzTarget.chosen = target

// The first argument is the program for libFuzzer; the target's name takes its place.
var count = CommandLine.argc - 1
var arguments = CommandLine.unsafeArgv + 1
exit(
    runDriver(&count, &arguments) { start, count in
        FuzzTarget.chosen(UnsafeBufferPointer(start: start, count: count))
        return 0
    })

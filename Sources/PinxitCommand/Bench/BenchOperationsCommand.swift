import ArgumentParser
import PinxitFiles
import PinxitTensors

/// `pinxit bench ops`: the speed of each operation, beside the most this machine does.
struct BenchOperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract:
            "Times each operation at the sizes of Stable Diffusion 1.5 and of our models.",
        discussion: """
            Shares are of the largest rate of matrix products or of copying, measured in the same \
            run: products for convolutions, linear layers and attention, copying for the rest.
            """)

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Option(help: "Only operations whose name contains this.")
    var only = ""

    func run() async throws {
        let only = only
        let results = await Engine.run { () -> [OperationResult] in
            var results: [OperationResult] = []
            for type in [ElementType.f32, .bf16] {
                let peak = MachinePeak(type)
                note("\(type): \(peak)")
                for make in OperationCase.all(type) {
                    let measured = make()
                    guard only.isEmpty || measured.name.contains(only) else { continue }
                    results.append(OperationResult(measured, peak))
                    if !json { print(results.last!.row) }
                }
            }
            return results
        }
        if json { print(JSONValue.array(results.map(\.json)).encoded()) }
    }
}

/// The most this machine does: a large product and a large copy.
struct MachinePeak: Sendable, CustomStringConvertible {
    let gigaflops: Double
    let gigabytes: Double

    var description: String {
        "products \(decimal(gigaflops, 0)) GFLOP/s, copying \(decimal(gigabytes, 1)) GB/s"
    }

    var json: JSONValue { ["gigaflops": .number(gigaflops), "gigabytes": .number(gigabytes)] }

    init(_ type: ElementType) {
        let n = 2048
        let a = OperationCase.random([n, n], type)
        let weight = OperationCase.random([n, n], type)
        let product = secondsOfBest { _ = linear(a, weight) }
        gigaflops = 2 * Double(n * n * n) / product / 1e9
        let source = Tensor.zeros([1 << 26])
        let copy = secondsOfBest { _ = source.affine(1, 0) }  // on every core, unlike copy()
        gigabytes = 2 * Double(source.byteCount) / copy / 1e9
        StoragePool.shared.trim()
    }
}

/// The shortest of at least three runs, or of as many as fit a third of a second.
func secondsOfBest(_ body: () -> Void) -> Double {
    body()
    var best = Double.infinity
    var total = 0.0
    var runs = 0
    while runs < 3 || (total < 0.3 && runs < 1000) {
        let start = ContinuousClock.now
        body()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        best = min(best, seconds)
        total += seconds
        runs += 1
    }
    return best
}

/// An operation's speed.
struct OperationResult: Sendable {
    let name: String
    let sizes: String
    let type: ElementType
    let seconds: Double
    let gigaflops: Double?
    let gigabytes: Double
    /// Of the machine's peak, in the unit that limits it.
    let share: Double

    init(_ operation: OperationCase, _ peak: MachinePeak) {
        name = operation.name
        sizes = operation.sizes
        type = operation.type
        seconds = secondsOfBest(operation.run)
        gigaflops = operation.flop.map { [seconds] in Double($0) / seconds / 1e9 }
        gigabytes = Double(operation.bytes) / seconds / 1e9
        share = gigaflops.map { $0 / peak.gigaflops } ?? gigabytes / peak.gigabytes
    }

    /// A line of the table.
    var row: String {
        name.padded(24) + sizes.padded(30) + "\(type)".padded(6)
            + decimal(seconds * 1e3, 3).padded(-10) + " ms"
            + (gigaflops.map { decimal($0, 0) } ?? "").padded(-8)
            + (gigaflops == nil ? "        " : " GFLOP/s")
            + decimal(gigabytes, 1).padded(-8) + " GB/s" + decimal(share * 100, 0).padded(-6) + " %"
    }

    var json: JSONValue {
        [
            "operation": .string(name), "sizes": .string(sizes), "type": .string("\(type)"),
            "seconds": .number(seconds), "gigaflops": gigaflops.map { .number($0) } ?? .null,
            "gigabytes": .number(gigabytes), "share": .number(share),
        ]
    }
}

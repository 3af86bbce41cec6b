import PinxitPlatform

/// How many columns the terminal behind standard error has: what it says itself, or `COLUMNS`, or
/// 80.
public func terminalColumns() -> Int {
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
        return Int(size.ws_col)
    }
    let said = getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 80
    return max(1, said)
}

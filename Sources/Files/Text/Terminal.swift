import PinxitPlatform

/// Whether what is written there is seen at once, by a person.
public func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

/// Whether a line on standard error can be drawn over: `dumb` terminals, such as an editor's shell,
/// show the codes for it as text.
public func canRedraw() -> Bool {
    isTerminal(STDERR_FILENO) && getenv("TERM").map { String(cString: $0) } != "dumb"
}

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

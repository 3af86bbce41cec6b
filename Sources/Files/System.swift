import PinxitPlatform

/// The text of the last system error of this thread.
func systemError() -> String { String(cString: strerror(errno)) }

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The text of the last system error of this thread.
func systemError() -> String { String(cString: strerror(errno)) }

import FoundationEssentials

extension FileError: LocalizedError {
    public var errorDescription: String? { description }
}

extension JSONSyntaxError: LocalizedError {
    public var errorDescription: String? { description }
}

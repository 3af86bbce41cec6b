extension Engine {
    public static func turn<R: Sendable>(
        _ body: @Sendable @escaping () throws -> R
    ) async throws -> R {
        try await run(body)
    }
}

import Pinxit

extension PaintCommand {
    /// Paints by the options, on another machine.
    func paint(on server: RemoteServer) async throws {
        let carried = try from.map { try CarriedSettings(file: $0) }
        guard carried?.program ?? "Pinxit" == "Pinxit" else {
            throw UsageError("--from \(from ?? ""): of another program; it goes without --remote")
        }
        guard carried?.controls.isEmpty != false, carried?.imagePrompt == nil else {
            throw UsageError(
                "--from \(from ?? ""): was held to pictures, or like one; it goes without --remote")
        }
        try await RemotePaint(
            server: server, requests: try requests(carried?.request, []), model: model,
            output: output,
            notes: (carried?.notes ?? []).map { "--from \(from ?? ""): \($0)" }
        ).run()
    }
}

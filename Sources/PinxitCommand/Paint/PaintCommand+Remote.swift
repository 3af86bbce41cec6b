import Pinxit

extension PaintCommand {
    /// Paints by the options, on another machine.
    func paint(on server: RemoteServer) async throws {
        let carried = try from.map { try CarriedSettings(file: $0) }
        guard carried?.program ?? "Pinxit" == "Pinxit" else {
            throw UsageError("--from \(from ?? ""): of another program; it goes without --remote")
        }
        guard carried?.controls.isEmpty != false, carried?.imagePrompt == nil,
            carried?.completed == nil
        else {
            throw UsageError(
                "--from \(from ?? ""): was held to pictures, like one or completes one; it "
                    + "goes without --remote")
        }
        guard carried?.embeddings.isEmpty != false, carried?.parts.isNothing != false
        else {
            throw UsageError(
                "--from \(from ?? ""): was painted with parts or words beside the model's own; it "
                    + "goes without --remote")
        }
        // Those that the picture was painted with; the server has them by the same names or not.
        var model = model
        if model.model == nil { model.model = carried?.model }
        if model.changes.lora.isEmpty {
            model.changes.lora = (carried?.loras ?? []).map {
                "\($0.name):\($0.weight):\($0.textWeight)"
            }
        }
        try await RemotePaint(
            server: server, requests: try requests(carried?.request, []), model: model,
            output: output,
            notes: (carried?.notes ?? []).map { "--from \(from ?? ""): \($0)" }
        ).run()
    }
}

import PinxitEvaluation

/// Everything that signatures of evaluation name, with `import PinxitEvaluation` alone.
func evaluate() async throws {
    let library = try SpriteLibrary(folder: "data")
    let retrieval = CaptionRetrieval(library: library, count: 100)
    let clip = try await Engine.run { try CLIP(folder: "judge") }
    let report = try await Engine.run { try retrieval.run(clip) }
    let json: JSONValue = report.json(model: "judge")
    print(json, CLIPEmbedder(clip).pictureSize)
    let evaluator = Evaluator(library: library, configuration: EvaluationConfiguration())
    let (findings, grid) = try await evaluator.run { orders in
        orders.map { _ in Picture(width: 64, height: 64, color: [1, 2, 3]) }
    }
    try grid?.write(to: "grid.png")
    print(findings, [JSONMember("a", .integer(1))])
}

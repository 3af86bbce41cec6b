import PinxitFiles
import PinxitImages

extension ForeignSettings {
    /// The keys under which programs keep JSON, and what reads it.
    private static let readers: [(key: String, read: @Sendable (JSONValue) -> ForeignSettings?)] = [
        ("invokeai_metadata", { ForeignSettings(invokeAI: $0) }),
        ("sd-metadata", { ForeignSettings(invokeAI: $0) }),
        ("prompt", { ComfyGraph($0).flatMap { ForeignSettings(comfyUI: $0) } }),
        ("workflow", { ComfyGraph(workflow: $0).flatMap { ForeignSettings(comfyUI: $0) } }),
    ]

    /// What the texts of any program but ours say.
    ///
    /// - Throws: `PaintError.settings` where they say nothing that is understood.
    init(_ texts: [PNGText], file: String) throws(PaintError) {
        func text(_ key: String) -> String? { texts.first { $0.key == key }?.text }
        var problem: String?
        for (key, read) in Self.readers {
            guard let text = text(key) else { continue }
            do {
                if let found = read(try Self.json(text)) {
                    self = found
                    return
                }
                problem = problem ?? "the text \(key) holds nothing that is known here"
            } catch {
                problem = problem ?? "the text \(key) \(error)"
            }
        }
        guard let parameters = text(Infotext.pngKey) else {
            throw .settings(
                file: file,
                problem: problem
                    ?? "it carries none; a picture that Pinxit, AUTOMATIC1111's web UI, ComfyUI, "
                    + "InvokeAI or Fooocus painted is accepted")
        }
        guard parameters.first(where: { !$0.isWhitespace }) == "{" else {
            self.init(Infotext(parsing: parameters))
            if text("fooocus_scheme") != nil { program = "Fooocus" }
            return
        }
        do {
            self = try Self.read(parameters)
        } catch {
            throw .settings(file: file, problem: "the text parameters \(error)")
        }
    }

    /// JSON in the place of AUTOMATIC1111's text.
    private static func read(_ text: String) throws(JSONSyntaxError) -> ForeignSettings {
        let json = try json(text)
        if let fooocus = ForeignSettings(fooocus: json) { return fooocus }
        // ComfyUI's graph, or what holds it, as its nodes for JPEG and WebP write it.
        let inner: JSONValue =
            if case .string(let text)? = json["prompt"] { (try? Self.json(text)) ?? json } else {
                json["prompt"] ?? json
            }
        if let comfy = ComfyGraph(inner).flatMap({ ForeignSettings(comfyUI: $0) }) { return comfy }
        return ForeignSettings(Infotext(parsing: text))
    }

    private static func json(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(bytes), longestArray: 200_000)
        }
    }
}

import ArgumentParser
import Pinxit
import PinxitFiles

/// `pinxit models show`: what is in a model's files.
struct ModelsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells what is in a model's files.",
        discussion: """
            Its family, what its network predicts, the sizes and types of its parts, the digest of \
            every file of weights (and the short form that AUTOMATIC1111 writes into pictures), and \
            tensors that nothing uses. Of a file with a U-Net or an autoencoder alone, a ControlNet or \
            T2I-Adapter, a LoRA or a learnt word: what it is for, and how large.
            """)

    @Argument(help: "A model's folder, single file or name, or any other file of weights.")
    var model: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            // A part's folder has no index.
            let isPart = fileExists(model.path("config.json"))
            let path = isPart ? model : try ModelSearch.named(model, by: "MODEL")
            let inspection = try await ModelInspection(path)
            print(json ? inspection.json.encoded() : inspection.lines.joined(separator: "\n"))
        }
    }
}

extension ModelInspection {
    /// For people.
    fileprivate var lines: [String] {
        var lines = [
            "\(name): \(kind)",
            "path        \(path)",
        ]
        if let prediction { lines.append("predicts    \(prediction)") }
        if let side { lines.append("pictures    \(side)x\(side) pixels") }
        for detail in details { lines.append(detail.name.padded(16) + detail.text) }
        for part in parts {
            lines.append(
                part.name.padded(16)
                    + "\(part.parameters) parameters in \(part.tensors) tensors")
        }
        for file in files {
            let types = file.types.sorted { $0.key < $1.key }
                .map { "\($0.value) in \($0.key)" }.joined(separator: ", ")
            lines.append(
                "\(file.path): \(decimal(Double(file.bytes) / 1e6, 1)) MB, tensors: \(types)")
            lines.append("    SHA-256 \(file.sha256), short \(file.sha256.prefix(10))")
        }
        let averages = unused.filter { $0.hasPrefix("model_ema.") }.count
        let unused = unused.filter { !$0.hasPrefix("model_ema.") }
        if averages > 0 { lines.append("not used    \(averages) averages of training") }
        if !unused.isEmpty {
            let some = unused.prefix(8).joined(separator: ", ")
            let more = unused.count > 8 ? " and \(unused.count - 8) more" : ""
            lines.append("not used    \(some)\(more)")
        }
        return lines
    }

    fileprivate var json: JSONValue {
        [
            "name": .string(name), "path": .string(path), "kind": .string(kind),
            "prediction": prediction.map { .string($0) } ?? .null,
            "side": side.map { .integer($0) } ?? .null,
            "details": .object(
                details.map { JSONMember($0.name.replacing(" ", with: "_"), .string($0.text)) }),
            "parts": .array(
                parts.map { part in
                    [
                        "name": .string(part.name), "parameters": .integer(part.parameters),
                        "tensors": .integer(part.tensors),
                    ]
                }),
            "files": .array(
                files.map { file in
                    [
                        "path": .string(file.path), "bytes": .integer(file.bytes),
                        "types": .object(
                            file.types.sorted { $0.key < $1.key }.map {
                                JSONMember($0.key, .integer($0.value))
                            }),
                        "sha256": .string(file.sha256),
                        "short_hash": .string(String(file.sha256.prefix(10))),
                    ]
                }), "unused": .array(unused.map { .string($0) }),
        ]
    }
}

import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitImages

/// `pinxit inspect picture.png`: what a picture says of how it was made.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Tells how a picture was made, from what its file carries.",
        discussion: """
            Pictures of Pinxit, AUTOMATIC1111's web UI and its kin, ComfyUI, InvokeAI and Fooocus \
            are read, in PNG, JPEG and WebP. What pinxit --from could not do as they did is listed.
            """)

    @Argument(help: "PNG, JPEG, WebP, GIF or BMP files.")
    var pictures: [String]

    @Flag(help: "Print one JSON object a picture.")
    var json = false

    @Flag(help: "Print the texts as they stand in the file too.")
    var texts = false

    func run() async throws {
        try await reportingErrors {
            for (number, file) in pictures.enumerated() {
                let report = InspectionReport(try PictureInspection(file: file), texts: texts)
                if json {
                    print(report.json.encoded(indented: pictures.count == 1))
                } else {
                    if number > 0 { print("") }
                    print(report.lines.joined(separator: "\n"))
                }
            }
        }
    }
}

/// What is told of a picture.
struct InspectionReport {
    private let picture: PictureInspection
    private let hasTexts: Bool
    private let model: ForeignModel?

    init(_ picture: PictureInspection, texts: Bool) {
        self.picture = picture
        hasTexts = texts
        let named = picture.settings?.foreignModel
        model = named.flatMap { named -> ForeignModel? in try? ForeignModel(named) }
    }

    /// What would not be done as it was.
    private var notes: [String] {
        guard let settings = picture.settings else { return [] }
        guard let named = settings.foreignModel, let note = model?.note(named) else {
            return settings.notes
        }
        return [note] + settings.notes
    }

    // MARK: For people

    var lines: [String] {
        let header = picture.header
        var lines = ["\(picture.file): \(header.format), \(header.width)x\(header.height)"]
        func tell(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
            for (number, row) in rows.enumerated() {
                lines.append(
                    (number == 0 ? Self.shown(name[...]) : "").padded(18) + Self.shown(row))
            }
        }
        if let settings = picture.settings {
            tell("painted by", settings.program + (settings.version.map { " (\($0))" } ?? ""))
            tell("prompt", settings.request.prompt)
            tell("written as", settings.request.originalPrompt)
            tell("model", settings.model ?? settings.foreignModel?.wanted)
            tell("found", model?.path)
            for option in settings.request.listed { tell(option.name, option.text) }
            for lora in settings.loras { tell("LoRA", "\(lora.name) (\(lora.tag))") }
            for word in settings.embeddings { tell("embedding", word.name) }
            for (name, control) in zip(settings.parts.controlNets ?? [], settings.controls) {
                tell("held by", "\(name) to \(control.digest)")
            }
            tell("like", settings.imagePrompt)
            tell("completes", settings.completed)
            for (name, text) in settings.source?.told ?? [] { tell(name, text) }
        }
        tell("settings", picture.problem)
        let provenance = picture.provenance
        tell("source type", provenance?.sourceType)
        tell(
            "AI system", provenance?.system.map { $0 + (provenance?.systemVersion).spaced })
        tell("AIGC", provenance?.aigc)
        if let credentials = picture.credentials {
            tell("C2PA manifest", "by \(credentials.generator.told), not checked")
            for action in credentials.actions { tell("claims", action.told) }
        }
        for note in notes { tell("not honoured", note) }
        if hasTexts { for text in picture.texts { tell(text.key, text.text) } }
        return lines
    }

    /// Without what would change the terminal.
    private static func shown(_ row: Substring) -> String {
        String(String.UnicodeScalarView(row.unicodeScalars.filter { $0.properties.isPrintable }))
    }

    // MARK: For programs

    var json: JSONValue {
        let header = picture.header
        var members: [JSONMember] = [
            JSONMember("file", .string(picture.file)), JSONMember("format", .string(header.format)),
            JSONMember("width", .integer(header.width)),
            JSONMember("height", .integer(header.height)),
        ]
        func put(_ name: String, _ text: String?) {
            members.append(JSONMember(name, text.map { .string($0) } ?? .null))
        }
        let settings = picture.settings
        put("program", settings?.program)
        put("version", settings?.version)
        let request = settings.map { settings in
            let value = settings.request.value
            return settings.source.map { value.setting("source", $0) } ?? value
        }
        members.append(JSONMember("request", request ?? .null))
        put("model", settings?.model ?? settings?.foreignModel?.name)
        put("model_hash", settings?.foreignModel?.shortHash)
        put("model_path", model?.path)
        members.append(
            JSONMember("loras", .array((settings?.loras ?? []).map { .string($0.tag) })))
        members.append(JSONMember("not_honoured", .array(notes.map { .string($0) })))
        put("problem", picture.problem)
        put("digital_source_type", picture.provenance?.sourceType)
        put("ai_system", picture.provenance?.system)
        put("aigc", picture.provenance?.aigc)
        members.append(JSONMember("c2pa", picture.credentials?.json ?? .null))
        if hasTexts {
            members.append(
                JSONMember(
                    "texts",
                    .array(
                        picture.texts.map { ["key": .string($0.key), "text": .string($0.text)] })))
        }
        return .object(members)
    }
}

extension String? {
    fileprivate var spaced: String { map { " \($0)" } ?? "" }
}

extension JSONValue {
    /// What a picture was made of, by its names.
    fileprivate var told: [(name: String, text: String)] {
        guard case .object(let members) = self else { return [] }
        return members.map { member in
            let name = member.name == "kind" ? "made by" : member.name.replacing("_", with: " ")
            guard case .string(let text) = member.value else {
                return (name, member.value.encoded(indented: false))
            }
            return (name, text)
        }
    }
}

extension PaintRequest {
    /// As JSON; pictures by their digests.
    fileprivate var value: JSONValue {
        (try? json(picturesAsDigests: true)).flatMap { try? JSONValue(parsing: $0) } ?? .null
    }

    /// The options that are asked for, as they are declared.
    fileprivate var listed: [(name: String, text: String)] {
        let json = value
        return RequestOptions.all.filter { $0.isGiven(in: self) }.compactMap { option in
            let place = option.group.flatMap { json[$0] } ?? json
            guard let value = place[option.key] else { return nil }
            if case .string(let text) = value { return (option.name, text) }
            return (option.name, value.encoded(indented: false))
        }
    }
}

extension ContentCredentials {
    fileprivate var json: JSONValue {
        [
            "generator": .string(generator.told), "checked": false,
            "actions": .array(
                actions.map { action in
                    [
                        "action": .string(action.name),
                        "digital_source_type": action.sourceType.map { .string($0) } ?? .null,
                        "agent": action.agent.map { .string($0.told) } ?? .null,
                    ]
                }),
        ]
    }
}

extension ContentCredentials.Program {
    fileprivate var told: String { name + version.spaced }
}

extension ContentCredentials.Action {
    fileprivate var told: String {
        name + (sourceType.map { ": \($0)" } ?? "") + (agent.map { " (\($0.told))" } ?? "")
    }
}

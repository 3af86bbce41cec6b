import FoundationEssentials
import PinxitFiles
import PinxitImages

/// A picture that a painting was held to, as its file names it: by digest, since the file does not
/// hold it.
public struct CarriedControl: Sendable, Equatable {
    /// `sha256:` and the digest of its pixels.
    public let digest: String
    /// Everything but the picture.
    private let control: Control

    /// What is made of the picture before.
    public var preparation: Control.Preparation { control.preparation }
    /// As in ``Control``.
    public var scale: Double { control.scale }
    /// As in ``Control``.
    public var part: ClosedRange<Double> { control.part }

    /// - Throws: As a `Control` that is read.
    fileprivate init(_ json: JSONValue) throws {
        digest = json.digest ?? ""
        let known = json.setting("picture", .string(try Self.nothing()))
        control = try JSONDecoder().decode(
            Control.self, from: Data(known.encoded(indented: false).utf8))
    }

    /// Stands for a picture that is not there.
    private static func nothing() throws -> String {
        let picture = Picture(width: 1, height: 1, color: [0, 0, 0])
        return "data:image/png;base64," + (try PNG.encode(picture)).base64EncodedString()
    }
}

/// What a painting was made of, held to, or like, that its file only names.
struct CarriedPictures {
    /// What it was made of, with digests in the pictures' places.
    let source: JSONValue?
    let controls: [CarriedControl]
    /// The digest of the picture that was a prompt.
    let prompt: String?
    /// The digest of the picture that was completed.
    let completed: String?
    /// The settings without them.
    let rest: String

    /// - Parameter json: As `CarriedRequest` writes it.
    init(json: String) throws {
        guard let whole = try? JSONValue(parsing: json) else {
            // Reading it says what is wrong.
            (source, controls, prompt, completed, rest) = (nil, [], nil, nil, json)
            return
        }
        source = whole["source"].flatMap { $0.isOfPictures ? $0 : nil }
        var rest = source == nil ? whole : whole.setting("source", nil)
        if case .array(let all)? = whole["controls"], all.allSatisfy({ $0.digest != nil }) {
            controls = try all.map { try CarriedControl($0) }
            rest = rest.setting("controls", nil)
        } else {
            controls = []
        }
        if case .string(let text)? = whole["image_prompt"], text.hasPrefix(Picture.digestHead) {
            prompt = text
            rest = rest.setting("image_prompt", nil)
        } else {
            prompt = nil
        }
        if case .string(let text)? = whole["tokens"]?["complete"],
            text.hasPrefix(Picture.digestHead)
        {
            completed = text
            rest = rest.setting("tokens", whole["tokens"]?.setting("complete", nil))
        } else {
            completed = nil
        }
        self.rest = rest.encoded(indented: false)
    }
}

extension JSONValue {
    /// The digest that stands for the picture of a control.
    fileprivate var digest: String? {
        guard case .string(let text)? = self["picture"], text.hasPrefix(Picture.digestHead) else {
            return nil
        }
        return text
    }

    /// Whether digests stand for the pictures of a source.
    fileprivate var isOfPictures: Bool {
        guard case .array(let all)? = self["pictures"] else { return digest != nil }
        return all.allSatisfy {
            if case .string(let text) = $0 { text.hasPrefix(Picture.digestHead) } else { false }
        }
    }
}

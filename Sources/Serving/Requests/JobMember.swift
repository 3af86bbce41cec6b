import Pinxit

/// A member of a job's JSON beside those of a `PaintRequest`, declared once: what is refused, what
/// the OpenAPI document tells and what errors say follow from it.
public struct JobMember: Sendable {
    /// What its values are.
    public enum Value: Sendable {
        /// Any text.
        case text
        /// One of these.
        case choice([String])
        /// A number without fraction.
        case whole(ClosedRange<Int>)
        /// Any number between.
        case number(ClosedRange<Double>)
        /// True or false.
        case flag
        /// A hash of the shelf, a data URL, or base64 alone.
        case picture
        /// Pixels of each side.
        case margins
        /// Names of LoRAs, with weights.
        case loras
    }

    /// In JSON.
    public let name: String
    /// What its values are.
    public let value: Value
    /// One sentence.
    public let help: String

    init(_ name: String, _ value: Value, _ help: String) {
        (self.name, self.value, self.help) = (name, value, help)
    }

    /// The most pixels of a side that a picture is extended by.
    static let margins = RequestOptions.margins

    /// What sees the picture that is a prompt. A job is kept with it.
    static let adapter = JobMember(
        "ip_adapter", .text,
        "The IP-Adapter that sees image_prompt; the first that fits where it is left out.")

    /// What changes the model's weights. A job is kept with them.
    static let loras = JobMember(
        "loras", .loras,
        "LoRAs of the server by their names, as <lora:NAME:0.8> in the prompt has them.")

    /// All there are.
    public static let all = [
        JobMember("model", .text, "The model's name; the usual one where it is left out."),
        JobMember("kind", .choice(JobBody.kinds), "What it is asked for as."),
        JobMember("group", .text, "Any text of at most 4000 bytes; kept and given back."),
        JobMember(
            "quality", .choice(JobBody.qualities.map(\.name)),
            "Multiplies the model's steps where steps are left out."),
        JobMember("previews", .whole(0...20), "About how many previews of each picture."),
        JobMember("amount", .choice(["subtle", "strong"]), "How much vary changes."),
        JobMember(
            "strength", .number(0...1), "How much of the picture that it starts from changes."),
        JobMember("mask", .picture, "White is repainted; with the kind edit."),
        JobMember(
            "mask_text", .text,
            "In place of a mask: what of the caption is repainted, such as the dog; the model looks "
                + "for it."),
        JobMember(
            "mask_caption", .text,
            "What all of the picture shows, for mask_text; its words alone where it is left out."),
        JobMember("mask_blur", .number(0...256), "Pixels over which the mask's edge is softened."),
        JobMember("invert_mask", .flag, "White stays, and black is repainted."),
        JobMember(
            "padding", .whole(0...4096),
            "Paint the part around the mask alone, with so many pixels of its surroundings."),
        JobMember(
            "fill", .choice(["original", "surroundings", "noise", "nothing"]),
            "What lies under the mask before it is repainted."),
        JobMember("extend", .margins, "Pixels to paint beyond each side; with the kind edit."),
        adapter, loras,
    ]
}

import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages

/// The picture a job starts from, as a client says it: a hash, a data URL, or a source of the
/// library's own form.
struct JobSource {
    private static let maskKeys = [
        "mask", "mask_text", "mask_caption", "mask_blur", "invert_mask", "padding", "fill",
    ]
    /// How much `vary` changes with latent diffusion, and how far an unCLIP leaves the picture.
    private static let amounts: [String: (strength: Double, unCLIP: Double)] = [
        "subtle": (0.4, 0.2), "strong": (0.7, 0.5),
    ]

    /// A source as the library has it, and the picture of the shelf.
    struct Result {
        let json: JSONValue
        let hash: String
        /// Whether it may be painted from without words.
        var isWordless = false
        /// Whether a wider canvas is painted than the picture has.
        var isExtended = false
        /// The picture that controls without one follow: what is beyond its edges is not in it.
        var followed: String? { isExtended ? nil : hash }
    }

    private let body: JobBody
    private let kind: String
    private let model: ServedModel

    init(_ body: JobBody, _ kind: String, _ model: ServedModel) {
        (self.body, self.kind, self.model) = (body, kind, model)
    }

    /// Nil where it starts from words alone, or from a source of the library's form.
    func json() throws -> Result? {
        guard case .string(let text)? = body.json["source"].value else {
            guard kind != "vary" && kind != "edit" || body.json["source"].exists else {
                throw ServingError.invalid(
                    field: "source", problem: "is missing; the hash of a picture is accepted")
            }
            return nil
        }
        let bytes = try body.pictures.decoded(text, "source")
        let hash = try body.pictures.keep(bytes)
        if kind == "vary" { return try varied(hash) }
        if body.json["extend"].exists { return try extended(bytes, hash) }
        if body.json["mask_text"].exists {
            try refuse(["mask"], "goes without mask_text")
            return Result(json: inpainting(hash, try words(), fill: "original"), hash: hash)
        }
        try refuse(["mask_caption"], "goes with mask_text")
        guard body.json["mask"].exists else {
            try refuse(Self.maskKeys, "goes with a mask or extend")
            let source: JSONValue = ["kind": "image", "picture": .string(hash)]
            return Result(json: source.setting("strength", strength), hash: hash)
        }
        let mask = try body.pictures.decoded(try body.json["mask"].string(), "mask")
        return Result(
            json: inpainting(
                hash, ["picture": .string(try body.pictures.keep(mask))], fill: "original"),
            hash: hash)
    }

    /// What the model looks for.
    private func words() throws -> JSONValue {
        let words: JSONValue = ["words": .string(try body.text("mask_text") ?? "")]
        return words.setting("caption", try body.text("mask_caption").map { .string($0) })
    }

    private var strength: JSONValue? {
        let field = body.json["strength"]
        return field.exists ? field.value : nil
    }

    private func varied(_ hash: String) throws -> Result {
        let name = try body.text("amount") ?? "subtle"
        guard let amount = Self.amounts[name] else {
            throw ServingError.invalid(
                field: "amount", problem: "\(name) is not known; subtle and strong are accepted")
        }
        let picture = JSONValue.string(hash)
        if model.canEdit {
            let source: JSONValue = ["kind": "image", "picture": picture]
            return Result(
                json: source.setting("strength", strength ?? .number(amount.strength)),
                hash: hash, isWordless: true)
        }
        return Result(
            json: [
                "kind": "variation", "picture": picture, "amount": .number(amount.unCLIP),
            ], hash: hash, isWordless: true)
    }

    private func extended(_ bytes: Data, _ hash: String) throws -> Result {
        try refuse(
            ["mask", "mask_text", "mask_caption", "invert_mask"], "goes without extend")
        let sides = body.json["extend"]
        func side(_ name: String) throws -> Int {
            let side = try sides[name].int(or: 0)
            guard JobMember.margins.contains(side) else {
                throw ServingError.invalid(
                    field: "extend.\(name)", problem: "\(side) is not from 0 to 4096")
            }
            return side
        }
        let blur = try body.json["mask_blur"].double(or: 4)
        guard Mask.blurs.contains(blur) else {
            throw ServingError.invalid(
                field: "mask_blur", problem: "\(blur) is not from 0 to 256")
        }
        let picture = try RequestPictures.picture(bytes, "source")
        let margins = PictureMargins(
            left: try side("left"), right: try side("right"), top: try side("top"),
            bottom: try side("bottom"))
        let size =
            (picture.width + margins.left + margins.right)
            * (picture.height + margins.top + margins.bottom)
        guard size <= RequestPictures.mostPixels else {
            throw ServingError.tooLarge(
                field: "extend", problem: "\(size) pixels are more than are accepted")
        }
        let wider = try picture.extended(by: margins, blur: blur)
        let canvas = try body.pictures.keep(try PNG.encode(wider.picture))
        let mask = try body.pictures.keep(try PNG.encode(wider.mask))
        return Result(
            json: inpainting(canvas, ["picture": .string(mask)], fill: "surroundings"), hash: hash,
            isExtended: true)
    }

    /// - Parameter area: A picture's hash or words, as a mask's JSON has them.
    private func inpainting(_ hash: String, _ area: JSONValue, fill: String) -> JSONValue {
        func given(_ name: String) -> JSONValue? {
            body.json[name].exists ? body.json[name].value : nil
        }
        let part = area.setting("fill", given("fill") ?? .string(fill))
        let source: JSONValue = ["kind": "inpaint", "picture": .string(hash)]
        return source.setting("strength", strength).setting(
            "mask",
            part.setting("blur", given("mask_blur")).setting("padding", given("padding"))
                .setting("invert", given("invert_mask")))
    }

    private func refuse(_ names: [String], _ problem: String) throws {
        for name in names where body.json[name].exists {
            throw ServingError.invalid(field: name, problem: problem)
        }
    }
}

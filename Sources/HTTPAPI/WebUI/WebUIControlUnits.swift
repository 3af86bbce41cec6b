import FoundationEssentials
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitServing

/// What a request asks of the extension for ControlNets, `alwayson_scripts.ControlNet.args`: a unit
/// for each network.
struct WebUIControlUnits {
    let request: JSONField
    let service: PaintService
    let model: ServedModel
    let asker: Asker
    let isFromPicture: Bool

    /// As a job has them.
    ///
    /// - Throws: `APIError`, `FileError`, `ServingError` that name the field.
    func members() throws -> [JSONMember] {
        var (controls, members, modes) = ([JSONValue](), [JSONMember](), Set<Bool>())
        let units = try units()
        // Before their pictures are looked at. An IP-Adapter may stand beside the others.
        guard units.count <= service.limits.controls + 1 else {
            throw request["alwayson_scripts"].notSupported(
                "more than \(service.limits.controls) units", "ControlNet")
        }
        for fields in units {
            let unit = WebUIControlUnit(fields: fields)
            guard let name = try unit.name else { continue }
            guard let network = service.catalogue.controls.all.first(where: { $0.name == name })
            else { throw missing(name, fields) }
            guard network.kind == .ipAdapter else {
                controls.append(try control(unit, network))
                modes.insert(try unit.isGuessing)
                continue
            }
            guard members.isEmpty else {
                throw fields.notSupported("more than one IP-Adapter at once", "model")
            }
            members = try unit.imagePrompt(network)
        }
        guard !controls.isEmpty else { return members }
        guard modes.count == 1 else {
            throw request["alwayson_scripts"].notSupported(
                "units of which some are more important and some are not", "control_mode")
        }
        return members + [JSONMember("controls", .array(controls))]
            + (modes == [true] ? [JSONMember("guess_mode", true)] : [])
    }

    private func units() throws -> [JSONField] {
        let scripts = request["alwayson_scripts"]
        guard scripts.exists else { return [] }
        return try scripts.members().filter { $0.name.lowercased() == "controlnet" }
            .flatMap { try $0.field["args"].exists ? $0.field["args"].array() : [] }
            .filter { try $0.exists && WebUIControlUnit(fields: $0).name != nil }
    }

    private func missing(_ name: String, _ unit: JSONField) -> APIError {
        let names = service.catalogue.controls.all.map(\.name)
        return APIError(
            .notFound, "model_not_found",
            "the ControlNet \(name.prefix(200)) is not there; "
                + (names.isEmpty ? "this server has none" : names.joined(separator: ", ") + " are"),
            field: unit["model"].path)
    }

    private func control(_ unit: WebUIControlUnit, _ network: ServedControl) throws -> JSONValue {
        let control: JSONValue = ["model": .string(network.name)]
        let parts = try unit.part
        if try request["enable_hr"].bool(or: false) { try unit.checkPasses() }
        return control.setting("picture", try picture(unit))
            .setting("scale", .number(try unit.weight))
            .setting("start", .number(parts.start)).setting("end", .number(parts.end))
            .adding(try unit.preparation)
    }

    /// The unit's picture, cut to the shape that is painted where that is asked for; nil where the
    /// picture to start from is followed. Where a part of that is painted it is laid on the whole.
    private func picture(_ unit: WebUIControlUnit) throws -> JSONValue? {
        guard let text = try unit.picture else { return nil }
        let fitting = try unit.fitting
        guard let size = try size, try !paintsPart, try fitting != .stretched || isLaidOtherwise
        else { return .string(text) }
        let field = unit.fields["image"].path
        let picture = try service.picture(try service.decoded(text, field, for: asker), field)
        guard fitting != .stretched else {
            guard RequestOptions.sides.contains(size.width),
                RequestOptions.sides.contains(size.height)
            else { return .string(text) }
            // Columns come first: of a line there would be very many as wide as the result.
            try service.check(size.width, picture.height, field)
            let stretched = picture.resized(
                width: size.width, height: size.height, filter: .lanczos)
            return .string(try PNG.encode(stretched).base64EncodedString())
        }
        let width = min(picture.width, rounded(picture.height, size.width, size.height))
        let height = min(picture.height, rounded(picture.width, size.height, size.width))
        if (width, height) == (picture.width, picture.height) { return .string(text) }
        guard fitting == .cut else {
            throw unit.fields.notSupported("Resize and Fill", "resize_mode")
        }
        let cut = picture.cropped(
            x: (picture.width - width) / 2, y: (picture.height - height) / 2, width: width,
            height: height)
        return .string(try PNG.encode(cut).base64EncodedString())
    }

    private var paintsPart: Bool {
        get throws { try isFromPicture && request.paintsPart }
    }

    /// Whether pictures would be cut or filled as the one that is changed is.
    private var isLaidOtherwise: Bool {
        get throws {
            guard isFromPicture, let mode = try request.resizeMode else { return false }
            return mode != .latent
        }
    }

    private func rounded(_ side: Int, _ over: Int, _ under: Int) -> Int {
        // Sizes that nobody paints are refused later.
        max(1, Int(min(1e9, (Double(side) * Double(over) / Double(under)).rounded())))
    }

    /// Of what is painted; nil where only the picture to start from says it.
    private var size: PictureSize? {
        get throws {
            let usual = isFromPicture ? 0 : model.side ?? 512
            let width = try request["width"].int(or: usual)
            let height = try request["height"].int(or: usual)
            return width > 0 && height > 0 ? PictureSize(width: width, height: height) : nil
        }
    }

    /// `alwayson_scripts` as it is given back.
    static func withoutPictures(_ scripts: JSONValue) -> JSONValue {
        func without(_ unit: JSONValue) -> JSONValue {
            ["image", "input_image", "mask"].reduce(unit) { unit, name in
                unit[name] == nil ? unit : unit.setting(name, .null)
            }
        }
        guard case .object(let members) = scripts else { return scripts }
        return .object(
            members.map { script in
                guard case .array(let units)? = script.value["args"] else { return script }
                return JSONMember(
                    script.name, script.value.setting("args", .array(units.map(without))))
            })
    }
}

extension JSONValue {
    /// With more members.
    fileprivate func adding(_ members: [JSONMember]) -> JSONValue {
        members.reduce(self) { $0.setting($1.name, $1.value) }
    }
}

extension JSONField {
    /// What there is not, and would change the picture.
    func notSupported(_ what: String, _ name: String) -> APIError {
        let field = path.isEmpty ? name : "\(path).\(name)"
        return APIError(
            .unprocessableContent, "not_supported", "\(field): \(what) is not there", field: field)
    }
}

import PinxitFiles
import PinxitImages

extension PicturePreprocessing {
    /// Reads `preprocessor_config.json` of transformers (`CLIPImageProcessor`). Defaults are
    /// OpenAI's.
    public init(transformers json: JSONField, side: Int) throws(FileError) {
        self = .openAI(side: side)
        for name in ["do_resize", "do_center_crop", "do_rescale", "do_normalize"] {
            try json[name].require(true)
        }
        let factor = try json["rescale_factor"].double(or: 1 / 255)
        guard abs(factor * 255 - 1) < 1e-4 else {
            throw json["rescale_factor"].unsupported("\(factor)", ["\(1.0 / 255)"])
        }
        let crop = json["crop_size"]
        for field in Self.isObject(crop) ? [crop["height"], crop["width"]] : [crop] {
            let value = try field.size(or: side)
            guard value == side else {
                throw field.unsupported("\(value)", ["the model's image_size (\(side))"])
            }
        }
        let size = json["size"]
        let edge = Self.isObject(size) ? size["shortest_edge"] : size
        if Self.isObject(size) { _ = try edge.int() }
        shortSide = try edge.size(or: side, in: side...16384)
        filter = try Self.filter(json["resample"])
        try readChannels(json["image_mean"], json["image_std"])
    }

    /// Reads `processor_config.json` of a folder as transformers 5 writes it, or else
    /// `preprocessor_config.json`; OpenAI's way where there is neither.
    init(transformersFolder folder: String, side: Int) throws(FileError) {
        let (whole, own) = (
            folder.path("processor_config.json"), folder.path("preprocessor_config.json")
        )
        if fileExists(whole), case let json = try JSONFile.read(whole)["image_processor"],
            json.exists
        {
            self = try PicturePreprocessing(transformers: json, side: side)
        } else if fileExists(own) {
            self = try PicturePreprocessing(transformers: try JSONFile.read(own), side: side)
        } else {
            self = .openAI(side: side)
        }
    }

    /// Reads `preprocess_cfg` of `open_clip_config.json`. Defaults are OpenAI's.
    init(openCLIP json: JSONField, side: Int) throws(FileError) {
        self = .openAI(side: side)
        roundsHalfPixels = true
        try json["mode"].require("RGB")
        try json["resize_mode"].require("shortest")
        try json["interpolation"].require("bicubic")
        try readChannels(json["mean"], json["std"])
    }

    private static func isObject(_ field: JSONField) -> Bool {
        if case .object = field.value { true } else { false }
    }

    /// By Pillow's numbers.
    private static func filter(_ field: JSONField) throws(FileError) -> ResizeFilter {
        switch try field.int(or: 3) {
        case 1: return .lanczos
        case 2: return .bilinear
        case 3: return .bicubic
        case 4: return .box
        case let other:
            throw field.unsupported("\(other)", ["1 (Lanczos), 2 (bilinear), 3 (bicubic), 4 (box)"])
        }
    }

    private mutating func readChannels(_ means: JSONField, _ deviations: JSONField)
        throws(FileError)
    {
        mean = try Self.channels(means, or: mean) { $0.isFinite }
        deviation = try Self.channels(deviations, or: deviation) { $0.isFinite && $0 > 0 }
    }

    private static func channels(
        _ field: JSONField, or standard: [Float], where isGood: (Float) -> Bool
    ) throws(FileError) -> [Float] {
        guard field.exists else { return standard }
        var values: [Float] = []
        for element in try field.array() { values.append(Float(try element.double())) }
        guard values.count == 3, values.allSatisfy(isGood) else {
            throw field.unsupported("\(values)", ["three numbers, deviations above 0"])
        }
        return values
    }
}

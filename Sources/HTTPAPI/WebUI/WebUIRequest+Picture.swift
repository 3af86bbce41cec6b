import HTTPTypes
import Pinxit
import PinxitFiles

extension WebUIRequest {
    /// The picture that img2img starts from, with its mask.
    var source: [JSONMember] {
        get throws {
            let pictures = try fields["init_images"].exists ? fields["init_images"].strings() : []
            guard let picture = pictures.first else {
                throw APIError(.notFound, "not_found", "Init image not found", field: "init_images")
            }
            var members = [
                JSONMember("kind", "edit"), JSONMember("source", .string(picture)),
                JSONMember("strength", .number(try fields["denoising_strength"].double(or: 0.75))),
            ]
            // A part around a mask keeps its shape, there too.
            if try !fields.paintsPart, let mode = try fields.resizeMode {
                members.append(JSONMember(RequestOptions.resize.key, .string(mode.rawValue)))
            }
            let mask = try fields["mask"].string(or: "")
            guard !mask.isEmpty else { return members }
            let fills = ["surroundings", "original", "noise", "nothing"]
            let fill = try fields["inpainting_fill"].size(or: 0, in: 0...3)
            members += [
                JSONMember("mask", .string(mask)), JSONMember("fill", .string(fills[fill])),
                JSONMember("mask_blur", .number(try fields["mask_blur"].double(or: 4))),
                JSONMember("invert_mask", .bool(try isInverted)),
            ]
            if try fields.paintsPart {
                let padding = try fields["inpaint_full_res_padding"].int(or: 0)
                members.append(JSONMember("padding", .integer(padding)))
            }
            return members
        }
    }

    private var isInverted: Bool {
        get throws { try fields["inpainting_mask_invert"].flag(or: false) }
    }
}

extension JSONField {
    /// Whether img2img's request is for the part around its mask alone.
    var paintsPart: Bool {
        get throws {
            try !self["mask"].string(or: "").isEmpty && self["inpaint_full_res"].flag(or: true)
        }
    }

    /// How img2img's picture comes to the size that is painted; nil is the usual way.
    var resizeMode: ResizeMode? {
        get throws {
            let modes = ResizeMode.allCases
            let mode = modes[try self["resize_mode"].size(or: 0, in: 0...modes.count - 1)]
            return mode == .stretch ? nil : mode
        }
    }
}

import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitImages
import PinxitServing

/// `extra-single-image` and `extra-batch-images`: pictures made larger.
struct WebUIExtras: Sendable {
    let service: PaintService

    /// The most pictures of a batch.
    private static let most = 64
    /// Bytes of the pictures that an answer carries.
    private static let mostBytes = 256 << 20
    private static let plain = ["Lanczos", "None"]

    /// All names there are.
    var names: [String] { Self.plain + service.upscalers.map(\.name) }

    func add(to routes: Routes) {
        routes.post("/sdapi/v1/extra-single-image") { request, context in
            let fields = JSONField(try await request.json(limit: service.limits.json))
            let given = try fields["image"].string()
            let image = try await context.whileWaited {
                try await enlarged(given, fields, context.asker)
            }
            return Response.json(["html_info": "", "image": .string(image)])
        }
        routes.post("/sdapi/v1/extra-batch-images") { request, context in
            let fields = JSONField(try await request.json(limit: service.limits.json))
            let list = try fields["imageList"].array()
            guard list.count <= Self.most else {
                throw APIError(
                    .unprocessableContent, "too_large",
                    "imageList: \(list.count) pictures; at most \(Self.most) are accepted")
            }
            let given = try list.map { try $0["data"].string() }
            let images = try await context.whileWaited {
                var (images, bytes) = ([JSONValue](), 0)
                for one in given {
                    let image = try await enlarged(one, fields, context.asker)
                    bytes += image.utf8.count
                    guard bytes <= Self.mostBytes else {
                        throw APIError(
                            .unprocessableContent, "too_large",
                            "imageList: enlarged, the first \(images.count + 1) pictures take more "
                                + "than \(Self.mostBytes >> 20) MiB; fewer at a time are accepted")
                    }
                    images.append(.string(image))
                }
                return images
            }
            return Response.json(["html_info": "", "images": .array(images)])
        }
    }

    private func enlarged(
        _ base64: String, _ fields: JSONField, _ asker: Asker
    ) async throws -> String {
        try refuseWhatIsMissing(fields)
        let bytes = try service.decoded(base64, "image", for: asker)
        let name = try fields["upscaler_1"].string(or: "None")
        guard names.contains(name) else {
            throw APIError(
                .notFound, "upscaler_not_found",
                "upscaler \(name) is not there; \(names.joined(separator: ", ")) are",
                field: "upscaler_1")
        }
        guard name != "None" else { return bytes.base64EncodedString() }
        let network = service.upscalers.first { $0.name == name }
        let isToSize = try fields["resize_mode"].int(or: 0) == 1
        guard isToSize else {
            let factor = try fields["upscaling_resize"].double(or: 2)
            return try await service.enlarged(bytes, by: factor, network, for: asker)
                .base64EncodedString()
        }
        return try await toSize(bytes, fields, network, asker)
    }

    /// As large as is asked for; cut where the shape is another, or within the size.
    private func toSize(
        _ bytes: Data, _ fields: JSONField, _ network: ServedUpscaler?, _ asker: Asker
    ) async throws -> String {
        let width = try fields["upscaling_resize_w"].size(or: 512, in: 1...8192)
        let height = try fields["upscaling_resize_h"].size(or: 512, in: 1...8192)
        let isCut = try fields["upscaling_crop"].bool(or: true)
        let picture = try service.picture(bytes, "image")
        let across = Double(width) / Double(picture.width)
        let down = Double(height) / Double(picture.height)
        let factor = isCut ? max(across, down) : min(across, down)
        let file = try await service.enlarged(bytes, by: factor, network, for: asker)
        guard isCut else { return file.base64EncodedString() }
        let large = try service.picture(file, "image")
        // Rounding may leave a pixel less.
        let covering = large.resized(
            width: max(width, large.width), height: max(height, large.height), filter: .lanczos)
        let cut = covering.cropped(
            x: (covering.width - width) / 2, y: (covering.height - height) / 2, width: width,
            height: height)
        return try PNG.encode(cut, texts: try Picture.texts(encoded: file, name: "image"))
            .base64EncodedString()
    }

    private func refuseWhatIsMissing(_ fields: JSONField) throws {
        for name in ["gfpgan_visibility", "codeformer_visibility", "extras_upscaler_2_visibility"]
        where try fields[name].double(or: 0) > 0 {
            throw APIError(
                .unprocessableContent, "not_supported", "\(name) above 0 is not there", field: name)
        }
    }
}

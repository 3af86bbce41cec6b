import FoundationEssentials
import Hummingbird
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitServing

/// `/controlnet`: what clients of that extension ask for beside pictures.
struct WebUIControl: Sendable {
    let service: PaintService

    /// What is made of pictures before.
    static let modules = ["none", "canny"]
    /// The most pictures at once.
    private static let most = 16

    func add(to routes: Routes) {
        routes.get("/controlnet/version") { _, _ in Response.json(["version": 3]) }
        routes.get("/controlnet/model_list") { _, _ in Response.json(["model_list": names()]) }
        routes.get("/controlnet/module_list") { _, _ in
            Response.json([
                "module_list": .array(Self.modules.map { .string($0) }), "module_detail": [:],
            ])
        }
        routes.get("/controlnet/control_types") { _, _ in
            Response.json(["control_types": ["All": type("none"), "Canny": type("canny")]])
        }
        routes.get("/controlnet/settings") { _, _ in
            Response.json(["control_net_unit_count": .integer(service.limits.controls)])
        }
        routes.post("/controlnet/detect", use: detect)
    }

    /// Of all that is served, whichever model it goes with.
    private func names() -> JSONValue {
        .array((["None"] + service.catalogue.controls.all.map(\.name)).map { .string($0) })
    }

    /// What pages of that extension offer; nothing says what a network was trained to follow.
    private func type(_ module: String) -> JSONValue {
        [
            "module_list": .array(Self.modules.map { .string($0) }), "model_list": names(),
            "default_option": .string(module), "default_model": "None",
        ]
    }

    private func detect(_ request: Request, _ context: APIContext) async throws -> Response {
        let fields = JSONField(try await request.json(limit: service.limits.json))
        let module = try fields["controlnet_module"].string(or: "none")
        guard Self.modules.contains(module) else {
            throw APIError(
                .unprocessableContent, "not_supported",
                "controlnet_module \(module) is not there; none and canny are",
                field: "controlnet_module")
        }
        let given = try fields["controlnet_images"].strings()
        guard given.count <= Self.most else {
            throw APIError(
                .unprocessableContent, "too_large",
                "controlnet_images: at most \(Self.most) are accepted")
        }
        let side = try fields["controlnet_processor_res"].size(or: 512, in: 64...4096)
        let low = try fields["controlnet_threshold_a"].double(or: 100)
        let high = try fields["controlnet_threshold_b"].double(or: 200)
        let images = try given.map { text -> JSONValue in
            let picture = try service.picture(
                try service.decoded(text, "controlnet_images", for: context.asker),
                "controlnet_images")
            guard module == "canny" else {
                return .string(try PNG.encode(picture).base64EncodedString())
            }
            let edges = try scaled(picture, side).edges(
                low: min(low, high), high: max(low, high))
            return .string(try PNG.encode(edges).base64EncodedString())
        }
        return .json(["images": .array(images), "info": "Success"])
    }

    /// With a shorter side of so many pixels.
    private func scaled(_ picture: Picture, _ side: Int) throws -> Picture {
        let factor = Double(side) / Double(min(picture.width, picture.height))
        let (width, height) = (
            max(1, Int((Double(picture.width) * factor).rounded())),
            max(1, Int((Double(picture.height) * factor).rounded()))
        )
        try service.check(width, height, "controlnet_processor_res")
        return picture.resized(width: width, height: height, filter: .lanczos)
    }
}

import Hummingbird
import Pinxit
import PinxitFiles
import PinxitSamplers
import PinxitServing

/// What there is to choose from, and lists that are empty here: clients go through them all.
struct WebUILists: Sendable {
    let service: PaintService

    private static let empty = [
        "sd-vae", "sd-modules", "hypernetworks", "face-restorers", "realesrgan-models",
        "prompt-styles", "script-info", "extensions",
    ]

    func add(to routes: Routes) {
        for name in Self.empty {
            routes.get(RouterPath("/sdapi/v1/\(name)")) { _, _ in Response.json([]) }
        }
        for name in [
            "refresh-checkpoints", "refresh-vae", "unload-checkpoint",
            "reload-checkpoint",
        ] {
            routes.post(RouterPath("/sdapi/v1/\(name)")) { _, _ in Response.json([:]) }
        }
        WebUILoRAs(loras: service.catalogue.loras).add(to: routes)
        routes.get("/sdapi/v1/sd-models") { _, _ in
            Response.json(.array(service.catalogue.models.map(Self.model)))
        }
        routes.get("/sdapi/v1/samplers") { _, _ in
            Response.json(
                .array(
                    Sampler.allCases.map {
                        [
                            "name": .string($0.title), "aliases": [.string($0.name)],
                            "options": [:],
                        ]
                    }))
        }
        routes.get("/sdapi/v1/schedulers") { _, _ in
            Response.json(
                .array(
                    WebUIScheduler.all.map {
                        [
                            "name": .string($0.name), "label": .string($0.label), "aliases": .null,
                            "default_rho": -1, "need_inner_model": false,
                        ]
                    }))
        }
        routes.get("/sdapi/v1/upscalers") { _, _ in
            Response.json(
                .array(
                    WebUIExtras(service: service).names.map {
                        [
                            "name": .string($0), "model_name": .null, "model_path": .null,
                            "model_url": .null, "scale": $0 == "None" ? 1 : 4,
                        ]
                    }))
        }
        routes.get("/sdapi/v1/latent-upscale-modes") { _, _ in
            Response.json(.array(Self.latentModes.map { ["name": .string($0)] }))
        }
        routes.get("/sdapi/v1/scripts") { _, _ in Response.json(["txt2img": [], "img2img": []]) }
        routes.get("/sdapi/v1/cmd-flags") { _, _ in Response.json([:]) }
        routes.get("/sdapi/v1/memory") { _, _ in
            Response.json([
                "ram": ["used": .integer(service.residentBytes)], "cuda": [:],
            ])
        }
        // By which the Cyanic plug-in sees that there is somebody.
        routes.get("/queue/status") { _, _ in
            Response.json(["msg": "estimation", "queue_size": 0, "queue_eta": 0])
        }
        routes.get("/config") { _, _ in Response.json(["components": components]) }
        routes.get("/internal/ping") { _, _ in Response.json([:]) }
    }

    /// Of the web UI's page, in which the Photoshop plug-in looks for lists.
    private var components: JSONValue {
        let modules = WebUIControl.modules.map { JSONValue.string($0) }
        let props: [JSONValue] = [
            [
                "elem_id": "txt2img_hr_upscaler",
                "choices": .array(Self.upscalers.map { .string($0) }),
            ],
            [
                "elem_id": "setting_control_net_max_models_num",
                "value": .integer(service.limits.controls),
            ],
            ["label": "Preprocessor", "choices": .array(modules)],
        ]
        return .array(props.map { ["props": $0] })
    }

    /// What enlarges latents between two passes.
    private static let latentModes = HiresUpscaler.allCases.map(\.title)
        .filter { $0.hasPrefix("Latent") }
    /// All that enlarges between two passes.
    static let upscalers = [HiresUpscaler.lanczos.title] + latentModes

    private static func model(_ model: ServedModel) -> JSONValue {
        [
            "title": .string(model.name), "model_name": .string(model.name), "hash": .null,
            "sha256": .null, "filename": .string(model.name), "config": .null,
        ]
    }
}

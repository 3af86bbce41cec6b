import Foundation
import HTTPTypes
import PinxitFiles
import PinxitImages
import PinxitServing
import PinxitTestSupport
import PinxitWorkers
import Testing

@testable import PinxitHTTPAPI

/// Networks that hold paintings to pictures, as jobs ask for them.
@Suite struct ControlTests {
    private static let names = ["tiny-control", "tiny-adapter", "tiny-control-xl"]
    private static func picture(_ width: Int, _ height: Int) -> String {
        let picture = Picture(width: width, height: height, color: [200, 40, 30])
        return (try? PNG.encode(picture).base64EncodedString()) ?? ""
    }
    private static let image = picture(24, 16)

    private func withServer(_ body: (Running) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, place) in [
            ("base.safetensors", "base.safetensors"), ("encoder", "image_encoder"),
        ] {
            try FileManager.default.copyItem(
                atPath: Fixture.path("ip/\(name)"), toPath: "\(folder)/\(place)")
        }
        var controls = try Self.names.map {
            try ServedControl(name: $0, path: Fixture.path($0))
        }
        controls.append(try ServedControl(name: "likeness", path: "\(folder)/base.safetensors"))
        try await Running(models: ["tiny-sd1", "tiny-dalle"]) { $0.controls = controls }.used(body)
    }

    @Test("Who paints gets paths of the networks, and a request that names none")
    func natively() async throws {
        try await withServer { server in
            let job = try await server.paint(
                """
                {"prompt":"a cat","guess_mode":true,"image_prompt":"\(Self.image)","controls":[
                    {"model":"tiny-control","picture":"\(Self.image)",
                     "prepare":"canny","scale":0.5},
                    {"model":"tiny-adapter","picture":"data:image/png;base64,\(Self.image)",
                     "end":0.5}]}
                """)
            #expect(job.status == .done, "\(job.failure?.message ?? "")")
            #expect(job.warnings == ["with tiny-control, tiny-adapter, base.safetensors"])
            let kept = try JSONValue(parsing: job.request)
            #expect(kept["controls"]?[1]?["model"]?.text == "tiny-adapter")
            #expect(kept["ip_adapter"]?.text == "likeness")
            let hash = try #require(kept["controls"]?[0]?["picture"]?.text)
            #expect(hash.count == 64 && kept["image_prompt"]?.text == hash)
            let told = try JSONValue(parsing: try #require(job.settings))
            #expect(told["controls"]?[0]?["model"] == nil && told["ip_adapter"] == nil)
            #expect(told["controls"]?[0]?["picture"]?.text?.hasPrefix("data:image/png") == true)
            // What a job was is asked for again as it is told.
            let again = try await server.paint(job.request)
            #expect(again.warnings == job.warnings)
            let changed = try await server.paint(
                """
                {"kind":"edit","source":"\(hash)","prompt":"a cat",
                 "controls":[{"model":"tiny-control"}]}
                """)
            #expect(changed.warnings == ["with tiny-control"])
            #expect(changed.request.contains(#""picture":"\#(hash)""#))
        }
    }

    @Test("Capabilities name what goes with each model, and the document has it")
    func capabilities() async throws {
        try await withServer { server in
            let answer = try await server.ask(.get, "/api/v1/capabilities")
            let first = answer["models"]?[0]
            #expect(first?["controls"]?[0]?["name"]?.text == "tiny-control")
            #expect(first?["controls"]?[0]?["kind"]?.text == "controlnet")
            #expect(first?["controls"]?[1]?["kind"]?.text == "t2i_adapter")
            #expect(first?["controls"]?[2] == nil)
            #expect(first?["image_prompts"]?[0]?.text == "likeness")
            #expect(answer["models"]?[1]?["controls"]?[0] == nil)
            let document = try await server.ask(.get, "/api/v1/openapi.json").json
            let check = SchemaCheck(document: document)
            #expect(check.faults(answer.json, Schema.named("Capabilities")).isEmpty)
            let good: JSONValue = ["prompt": "a", "controls": [["model": "x", "picture": "y"]]]
            #expect(check.faults(good, Schema.named("JobRequest")).isEmpty)
            let bad: JSONValue = ["prompt": "a", "controls": [["picture": "y", "path": "z"]]]
            #expect(!check.faults(bad, Schema.named("JobRequest")).isEmpty)
        }
    }

    private static func huge() -> String {
        var png = [UInt8](
            (try? PNG.encode(Picture(width: 2, height: 2, color: [1, 2, 3]))) ?? Data())
        png.replaceSubrange(16..<24, with: [0, 0, 255, 255, 0, 0, 255, 255])
        return Data(png).base64EncodedString()
    }

    private static func one(_ more: String) -> String {
        #"{"prompt":"a","controls":[{"picture":"\#(image)",\#(more)}]}"#
    }

    private static let many =
        #"{"prompt":"a","controls":["#
        + [String](repeating: #"{"model":"tiny-control","picture":"\#(image)"}"#, count: 20)
        .joined(separator: ",") + "]}"

    @Test(
        "What is not accepted is said with its field and what would be",
        arguments: [
            (one(#""scale":1"#), "controls[0].model: is missing; for tiny-sd1 tiny-control, "),
            (one(#""model":"other""#), "controls[0].model: other is not served; for tiny-sd1"),
            (one(#""model":"../../etc/passwd""#), "controls[0].model: ../../etc/passwd is not"),
            (one(#""model":5"#), "controls[0].model"),
            (
                one(#""model":"tiny-control-xl""#),
                "tiny-control-xl is a ControlNet for a model of context 40; the model is"
            ),
            (one(#""model":"likeness""#), "likeness is of another kind, IP-Adapter"),
            (one(#""model":"tiny-control","scale":11"#), "11.0 is not from 0 to 10"),
            (one(#""model":"tiny-control","start":0.9,"end":0.1"#), "start"),
            (one(#""model":"tiny-control","path":"x""#), "controls.path: is unknown"),
            (one(#""model":"tiny-control","prepare":"depth""#), "controls"),
            (
                #"{"prompt":"a","controls":[{"model":"tiny-control"}]}"#,
                "controls[0].picture: is missing"
            ),
            (
                #"{"prompt":"a","controls":[{"model":"tiny-control","picture":"/etc/passwd"}]}"#,
                "controls[0].picture: is no hash, data URL or base64"
            ),
            (
                #"{"prompt":"a","controls":[{"model":"tiny-control","picture":"\#(huge())"}]}"#,
                "controls[0].picture"
            ),
            (many, "controls: 20 are more than 4"),
            (#"{"prompt":"a","controls":5}"#, "controls"),
            (#"{"prompt":"a","controls":["tiny-control"]}"#, "controls[0]"),
            (#"{"prompt":"a","guess_mode":true}"#, "guess_mode: goes with controls"),
            (#"{"prompt":"a","ip_adapter":"likeness"}"#, "ip_adapter: goes with image_prompt"),
            (
                #"{"prompt":"a","image_prompt":"\#(image)","ip_adapter":"other"}"#,
                "ip_adapter: other is not served; for tiny-sd1 likeness is"
            ),
            (
                #"{"prompt":"a","model":"tiny-dalle","image_prompt":"\#(image)"}"#,
                "this server has no IP-Adapter for tiny-dalle"
            ),
        ])
    func refusals(_ body: String, _ words: String) async throws {
        try await withServer { server in
            let answer = try await server.ask(.post, "/api/v1/jobs", body)
            #expect(answer.status == 400, "\(answer.text)")
            let message = answer["error.message"]?.text ?? ""
            #expect(message.contains(words), "\(message)")
            #expect(!message.contains("\n"))
            #expect(try server.service.newest(for: .server).isEmpty)
        }
    }

    private func webUI(
        _ server: Running, _ units: String, _ more: String = #""width":24,"height":16"#
    ) async throws -> Running.Answer {
        try await server.ask(
            .post, "/sdapi/v1/txt2img",
            #"{"prompt":"a",\#(more),"alwayson_scripts":{"ControlNet":{"args":[\#(units)]}}}"#)
    }

    @Test("Units of ControlNet's extension are what the native API has")
    func units() async throws {
        try await withServer { server in
            let wide = Self.picture(48, 16)
            let answer = try await webUI(
                server,
                """
                {"enabled":true,"module":"canny","model":"tiny-control [0123abcd]","weight":0.5,
                 "image":"\(wide)","resize_mode":1,"threshold_a":-1,"threshold_b":150,
                 "guidance_start":0,"guidance_end":0.75,
                 "control_mode":"ControlNet is more important",
                 "pixel_perfect":true,"processor_res":512,"low_vram":false,"mask":null},
                {"enabled":false,"model":"gone"}, {"model":"None","module":"none"},
                {"model":"tiny-adapter","image":{"image":"\(Self.image)","mask":null},
                 "control_mode":2},
                {"model":"likeness","module":"ip-adapter_clip_h","input_image":"\(Self.image)",
                 "weight":0.6}
                """)
            #expect(answer.status == 200, "\(answer.text)")
            let unit = answer["parameters.alwayson_scripts.ControlNet.args"]?[0]
            #expect(unit?["model"]?.text == "tiny-control [0123abcd]")
            #expect(unit?["image"]?.kind == "null")
            let job = try #require(try server.service.newest(for: .server).first)
            #expect(job.warnings == ["with tiny-control, tiny-adapter, base.safetensors"])
            let request = try JSONValue(parsing: job.request)
            let first = try #require(request["controls"]?[0])
            let facts = ["prepare", "low", "high", "scale", "start", "end"].map {
                first[$0].map { $0.encoded(indented: false) }
            }
            #expect(facts == ["\"canny\"", "100.0", "150.0", "0.5", "0.0", "0.75"])
            #expect(request["guess_mode"]?.encoded() == "true")
            #expect(request["image_prompt_scale"]?.encoded() == "0.6")
            // It is cut to the shape that is painted.
            let file = try server.service.file(
                try #require(first["picture"]?.text), for: .server)
            let cut = try PNG.decode(file)
            #expect(cut.width == 24 && cut.height == 16)
        }
    }

    @Test("A unit's picture that is stretched stays so beside one that is cut")
    func stretchedUnits() async throws {
        try await withServer { server in
            for (mode, sides) in [(0, [48, 16]), (1, [24, 16])] {
                let unit =
                    #"{"model":"tiny-control","image":"\#(Self.picture(48, 16))","resize_mode":0}"#
                let answer = try await server.ask(
                    .post, "/sdapi/v1/img2img",
                    #"{"prompt":"a","width":24,"height":16,"init_images":["\#(Self.image)"],"resize_mode":\#(mode),"alwayson_scripts":{"ControlNet":{"args":[\#(unit)]}}}"#
                )
                #expect(answer.status == 200, "\(answer.text)")
                let job = try #require(try server.service.newest(for: .server).first)
                let hash = try JSONValue(parsing: job.request)["controls"]?[0]?["picture"]?.text
                let file = try server.service.file(try #require(hash), for: .server)
                let picture = try PNG.decode(file)
                #expect([picture.width, picture.height] == sides)
            }
        }
    }

    @Test("The extension's routes name what is there")
    func routes() async throws {
        try await withServer { server in
            let models = try await server.ask(.get, "/controlnet/model_list")
            #expect(models["model_list"]?[1]?.text == "tiny-control")
            #expect(models["model_list"]?[4]?.text == "likeness")
            let types = try await server.ask(.get, "/controlnet/control_types")
            #expect(types["control_types.Canny.default_option"]?.text == "canny")
            let settings = try await server.ask(.get, "/controlnet/settings")
            #expect(settings["control_net_unit_count"]?.encoded() == "4")
        }
    }

    private static func unit(_ more: String) -> String {
        #"{"model":"tiny-control","image":"\#(image)",\#(more)}"#
    }

    @Test(
        "What the extension has and this server has not is refused by name",
        arguments: [
            (unit(#""module":"depth_midas""#), 422, "depth_midas (none, canny are)"),
            (unit(#""control_mode":1"#), 422, "control_mode"),
            (unit(#""mask":"\#(image)""#), 422, "mask"),
            (unit(#""weight":"much""#), 400, "weight"),
            (#"{"model":"other","image":"\#(image)"}"#, 404, "the ControlNet other is not there"),
            (#"{"model":"tiny-control-xl","image":"\#(image)"}"#, 400, "context 40"),
            (#"{"model":"tiny-control"}"#, 400, "controls[0].picture: is missing"),
            (#"{"module":"reference_only"}"#, 422, "reference_only"),
            (#"{"model":"tiny-control","image":5}"#, 400, "image"),
            (
                #"{"model":"tiny-control","image":"\#(picture(48, 16))","resize_mode":2}"#, 422,
                "resize_mode"
            ),
            (
                [String](repeating: unit(#""weight":1"#), count: 9).joined(separator: ","), 422,
                "more than 4 units"
            ),
            (unit("\"control_mode\":2") + "," + unit("\"control_mode\":0"), 422, "control_mode"),
            (
                #"{"model":"likeness","guidance_end":0.5,"image":"\#(image)"}"#, 422,
                "guidance_start"
            ),
        ])
    func extensionRefusals(_ units: String, _ status: Int, _ words: String) async throws {
        try await withServer { server in
            let answer = try await webUI(server, units)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer["detail"]?.text?.contains(words) == true, "\(answer.text)")
            #expect(try server.service.newest(for: .server).isEmpty)
        }
    }

    @Test("Sizes that nobody paints end no server")
    func sizes() async throws {
        try await withServer { server in
            let answer = try await webUI(
                server, Self.unit(#""resize_mode":1"#),
                #""width":9000000000000000000,"height":1"#)
            #expect(answer.status == 400)
            let line = try await server.ask(
                .post, "/controlnet/detect",
                #"{"controlnet_module":"canny","controlnet_images":["\#(Self.picture(1, 9000))"],"#
                    + #""controlnet_processor_res":4096}"#)
            #expect(line.status == 400, "\(line.text)")
            #expect(line["detail"]?.text?.contains("4096x36864000 pixels are too many") == true)
        }
    }
}

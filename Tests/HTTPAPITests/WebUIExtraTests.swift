import Foundation
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitServing
import PinxitTestSupport
import Testing

@testable import PinxitHTTPAPI

@Suite struct WebUIExtraTests {
    private static let image: String = {
        let picture = Picture(width: 24, height: 16, color: [200, 40, 30])
        return (try? PNG.encode(picture).base64EncodedString()) ?? ""
    }()

    private func ask(_ path: String, _ body: String) async throws -> Running.Answer {
        let server = try Running()
        let answer = try await server.ask(.post, path, body)
        await server.stop()
        return answer
    }

    private func size(_ base64: String?) throws -> [Int] {
        let bytes = try #require(Data(base64Encoded: base64 ?? ""))
        let picture = try PNG.decode(bytes)
        return [picture.width, picture.height]
    }

    @Test("Pictures are made larger by a factor, to a size that is cut, or within one")
    func sizes() async throws {
        for (more, expected) in [
            (#""upscaling_resize":2.5"#, [60, 40]),
            (#""resize_mode":1,"upscaling_resize_w":40,"upscaling_resize_h":40"#, [40, 40]),
            (
                #""resize_mode":1,"upscaling_resize_w":48,"upscaling_resize_h":48,"upscaling_crop":false"#,
                [48, 32]
            ),
        ] {
            let answer = try await ask(
                "/sdapi/v1/extra-single-image",
                #"{"image":"\#(Self.image)","upscaler_1":"Lanczos",\#(more)}"#)
            #expect(try size(answer["image"]?.text) == expected)
        }
        let batch = try await ask(
            "/sdapi/v1/extra-batch-images",
            #"{"imageList":[{"data":"\#(Self.image)","name":"a"}],"upscaler_1":"Lanczos"}"#)
        #expect(try size(batch["images"]?[0]?.text) == [48, 32])
    }

    @Test(
        "What is not there is refused with what is",
        arguments: [
            (#""upscaler_1":"4x-Other""#, 404, "Lanczos, None are"),
            (#""upscaler_1":"Lanczos","gfpgan_visibility":1"#, 422, "gfpgan_visibility"),
            (#""upscaler_1":"Lanczos","upscaling_resize":1000"#, 400, "upscaling_resize"),
            (#""upscaler_1":"Lanczos","upscaling_resize":"x""#, 400, "upscaling_resize"),
        ])
    func refusals(_ more: String, _ status: Int, _ words: String) async throws {
        let answer = try await ask(
            "/sdapi/v1/extra-single-image", #"{"image":"\#(Self.image)",\#(more)}"#)
        #expect(answer.status == status)
        #expect("\(answer.text)".contains(words), "\(answer.text)")
        let none = try await ask(
            "/sdapi/v1/extra-single-image", #"{"image":"bm8=","upscaler_1":"Lanczos"}"#)
        #expect(none.status == 400)
    }

    @Test("ESRGAN's networks enlarge as the library does; what is none is one line")
    func networks() async throws {
        let files = [
            ("basicsr", "upscalers/basicsr.pth", 4),
            ("compact", "upscalers/compact.safetensors", 2),
        ]
        let server = try Running {
            $0.program = ServerProgram.folder.path("pinxit")
            $0.paints = false
            $0.upscalers =
                files.map { ServedUpscaler(name: $0.0, path: Fixture.path($0.1)) }
                + [ServedUpscaler(name: "other", path: Fixture.path("lora.safetensors"))]
        }
        let listed = try await server.ask(.get, "/sdapi/v1/upscalers").json
        #expect((2..<5).map { listed[$0]?["name"]?.text } == ["basicsr", "compact", "other"])
        func ask(_ name: String, _ factor: Int) async throws -> Running.Answer {
            try await server.ask(
                .post, "/sdapi/v1/extra-single-image",
                #"{"image":"\#(Self.image)","upscaler_1":"\#(name)","upscaling_resize":\#(factor)}"#
            )
        }
        let small = try PNG.decode(try #require(Data(base64Encoded: Self.image)))
        for (name, file, scale) in files {
            let answer = try await ask(name, scale)
            let bytes = try #require(
                Data(base64Encoded: answer["image"]?.text ?? ""), "\(answer.text)")
            let large = try await small.enlarged(
                by: Double(scale), try await Upscaler.load(Fixture.path(file)))
            #expect(try PNG.decode(bytes).rgb().pixels == large.rgb().pixels)
        }
        let refused = try await ask("other", 2)
        #expect(refused.status == 500 && refused["error"]?.text == "model")
        #expect(refused["detail"]?.text == "lora.safetensors could not enlarge it (code 65)")
        await server.stop()
    }

    @Test("What a network makes larger counts in who asks' share")
    func share() async throws {
        let server = try Running {
            ($0.program, $0.paints, $0.rate) = ("/bin/false", false, 1)
            $0.upscalers = [ServedUpscaler(name: "x", path: "x.pth")]
        }
        func status(_ name: String) async throws -> Int {
            try await server.ask(
                .post, "/sdapi/v1/extra-single-image",
                #"{"image":"\#(Self.image)","upscaler_1":"\#(name)"}"#
            ).status
        }
        // What fails is given back.
        #expect(try await [status("x"), status("x"), status("Lanczos")] == [500, 500, 200])
        _ = try await server.ask(.post, "/api/v1/jobs", #"{"prompt":"a"}"#)
        #expect(try await [status("x"), status("Lanczos")] == [429, 200])
        await server.stop()
    }

    @Test(
        "A variation seed, tiling and the size of a second pass are asked for, or refused by name")
    func options() async throws {
        let server = try Running()
        func asked(_ more: String) async throws -> (answer: Running.Answer, job: Job?) {
            let answer = try await server.ask(
                .post, "/sdapi/v1/txt2img",
                #"{"prompt":"a","steps":2,"width":32,"height":16,"seed":7,\#(more)}"#)
            return (answer, try server.service.newest(for: .server).first)
        }
        for (more, member) in [
            (#""subseed":3,"subseed_strength":0.5"#, #""variation_seed":3"#),
            (#""subseed":3,"subseed_strength":0.5"#, #""variation_strength":0.5"#),
            (#""tiling":true"#, #""tile":"xy""#),
            (#""enable_hr":true,"hr_resize_x":64"#, #""hires_scale":2"#),
            (#""enable_hr":true,"hr_resize_y":48"#, #""hires_scale":3"#),
            (#""enable_hr":true,"hr_resize_x":64,"hr_resize_y":32"#, #""hires_scale":2"#),
        ] {
            let (answer, job) = try await asked(more)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try #require(job).request.contains(member), "\(more)")
        }
        for (more, name) in [
            (#""enable_hr":true,"hr_resize_x":64,"hr_resize_y":64"#, "hr_resize_y"),
            (#""enable_hr":true,"hr_prompt":"b""#, "hr_prompt"),
            (#""refiner_checkpoint":"other""#, "refiner_checkpoint"),
        ] {
            let (answer, _) = try await asked(more)
            #expect(answer.status == 422 && answer.text.contains(name), "\(answer.text)")
        }
        await server.stop()
    }

    @Test("How a picture of another shape is brought to the size is asked for by its number")
    func resizeModes() async throws {
        let server = try Running()
        func asked(_ more: String) async throws -> (answer: Running.Answer, job: Job?) {
            let answer = try await server.ask(
                .post, "/sdapi/v1/img2img",
                #"{"prompt":"a","steps":2,"width":32,"height":32,"init_images":["\#(Self.image)"],\#(more)}"#
            )
            return (answer, try server.service.newest(for: .server).first)
        }
        let mask = #","mask":"\#(Self.image)","mask_blur":0"#
        for (more, resize) in [
            (#""resize_mode":0"#, nil), (#""resize_mode":1"#, "crop"),
            (#""resize_mode":2"#, "fill"), (#""resize_mode":3"#, "latent"),
            (#""resize_mode":1\#(mask),"inpaint_full_res":0"#, "crop"),
            // It keeps its shape.
            (#""resize_mode":1\#(mask)"#, nil),
        ] {
            let (answer, job) = try await asked(more)
            #expect(answer.status == 200, "\(answer.text)")
            let request = try JSONValue(parsing: try #require(job).request)
            #expect(request["resize"]?.text == resize, "\(more)")
        }
        // Many clients say what is usual.
        let (usual, _) = try await asked(
            #""include_init_images":false,"override_settings":{"sd_model_checkpoint":""}"#)
        #expect(usual.status == 200 && !usual.text.contains(Self.image), "\(usual.text)")
        let (echoed, _) = try await asked(#""include_init_images":true"#)
        #expect(echoed.status == 200 && echoed.text.contains(Self.image), "\(echoed.text)")
        for mode in ["4", "-1", "\"crop\""] {
            let (answer, _) = try await asked("\"resize_mode\":\(mode)")
            #expect(answer.status == 400 && answer.text.contains("resize_mode"), "\(answer.text)")
        }
        await server.stop()
    }

    @Test("A picture that the autoencoder sees at its own size is no larger than one to paint")
    func latentLimits() async throws {
        let server = try Running { $0.limits.pixels = 300 }
        for (resize, status) in [("stretch", 202), ("latent", 400)] {
            let answer = try await server.ask(
                .post, "/api/v1/jobs",
                #"{"prompt":"a","kind":"edit","source":"\#(Self.image)","width":16,"height":16,"resize":"\#(resize)"}"#
            )
            #expect(answer.status == status, "\(answer.text)")
        }
        await server.stop()
    }

    @Test("Edges are found as clients of ControlNet ask for them; models are none where none are")
    func control() async throws {
        let answer = try await ask(
            "/controlnet/detect",
            #"{"controlnet_module":"canny","controlnet_images":["\#(Self.image)"],"controlnet_processor_res":64}"#
        )
        #expect(try size(answer["images"]?[0]?.text) == [96, 64])
        let unit =
            #"{"enabled":true,"model":"control_canny","module":"canny","image":"\#(Self.image)"}"#
        let painted = try await ask(
            "/sdapi/v1/txt2img",
            #"{"prompt":"a","alwayson_scripts":{"ControlNet":{"args":[\#(unit)]}}}"#)
        #expect(painted.status == 404)
        #expect(painted["detail"]?.text?.contains("control_canny is not there") == true)
    }
}

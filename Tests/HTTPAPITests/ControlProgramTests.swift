import Foundation
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTestSupport
import Testing

/// Networks that lie in a library, asked for through every door.
@Suite(.serialized) struct ControlProgramTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
    private let model = Fixture.path("tiny-sd1")

    /// A library with a ControlNet, a T2I-Adapter and an IP-Adapter, and two pictures.
    private func furnish() throws {
        let files = FileManager.default
        for place in ["ControlNet", "t2i_adapter", "ipadapter"] {
            try makeFolder("\(folder)/library/\(place)")
        }
        for (name, place) in [
            ("tiny-control", "ControlNet/lines"), ("tiny-adapter", "t2i_adapter/shapes"),
            ("ip/base.safetensors", "ipadapter/likeness.safetensors"),
            ("ip/encoder", "ipadapter/image_encoder"),
        ] {
            try files.copyItem(atPath: Fixture.path(name), toPath: "\(folder)/library/\(place)")
        }
        for (name, factor) in [("a.png", 5), ("b.png", 9)] {
            var picture = Picture(width: 24, height: 16, color: [0, 0, 0])
            for i in picture.pixels.indices {
                picture.pixels[i] = UInt8(truncatingIfNeeded: i * factor)
            }
            try picture.write(to: "\(folder)/\(name)")
        }
    }

    private func pinxit(_ arguments: [String], library: String) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        process.arguments =
            ["paint", "a cat", "--seed", "7", "--steps", "4", "--size", "24x16", "-q"] + arguments
        process.environment =
            bareEnvironment
            .merging(["PINXIT_MODELS": library]) { $1 }
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let noted = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: noted, as: UTF8.self))
    }

    private func base64(_ name: String) throws -> String {
        Data(try readFile("\(folder)/\(name)")).base64EncodedString()
    }

    @Test("Held to pictures, and like one, a painting is the same through every door")
    func doors() throws {
        try furnish()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let library = "\(folder)/library"
        let parts = [
            "--controlnet", "lines:0.8:0:0.5", "--control", "\(folder)/a.png", "--controlnet",
            "shapes:0.6", "--control", "\(folder)/b.png", "--control-prepare", "canny",
            "--control-prepare", "none", "--canny-low", "20", "--canny-high", "60",
            "--ip-adapter", "likeness:0.7", "--image-prompt", "\(folder)/b.png",
        ]
        let own = try pinxit(
            parts + ["--model", model, "--output", "\(folder)/own.png"], library: library)
        #expect(own.0 == 0, "\(own.1)")
        let expected = try Picture(file: "\(folder)/own.png").rgb().pixels
        let plain = try pinxit(
            ["--model", model, "--output", "\(folder)/plain.png"], library: library)
        #expect(plain.0 == 0)
        #expect(try Picture(file: "\(folder)/plain.png").rgb().pixels != expected)

        let server = try ServerProgram(data: folder + "/data", model: model, library: library)
        let (a, b) = (try base64("a.png"), try base64("b.png"))
        let common = #""prompt":"a cat","seed":7,"steps":4,"width":24,"height":16"#
        let job = try server.json(
            "POST", "/api/v1/jobs",
            """
            {\(common),"ip_adapter":"likeness","image_prompt":"\(b)","image_prompt_scale":0.7,
             "controls":[{"model":"lines","picture":"\(a)","prepare":"canny","low":20,"high":60,
             "scale":0.8,"start":0,"end":0.5},{"model":"shapes","picture":"\(b)","scale":0.6}]}
            """)
        let done = try finished(server, try #require(job["id"]?.text))
        let address = try #require(done["images"]?[0]?["url"]?.text, "\(done)")
        #expect(
            try PNG.decode(Data(try server.ask("GET", address).1)).rgb().pixels == expected)
        let extended = try server.json(
            "POST", "/sdapi/v1/txt2img",
            """
            {\(common),"alwayson_scripts":{"controlnet":{"args":[
             {"model":"lines","module":"canny","image":"\(a)","threshold_a":20,"threshold_b":60,
              "weight":0.8,"guidance_end":0.5},{"model":"shapes","image":"\(b)","weight":0.6},
             {"model":"likeness","module":"ip-adapter-auto","image":"\(b)","weight":0.7}]}}}
            """)
        let bytes = try #require(Data(base64Encoded: extended["images"]?[0]?.text ?? ""))
        #expect(try PNG.decode(bytes).rgb().pixels == expected)
        // Without them the same worker paints as if it had never had any.
        let free = try server.json("POST", "/sdapi/v1/txt2img", "{\(common)}")
        let freed = try #require(Data(base64Encoded: free["images"]?[0]?.text ?? ""))
        #expect(
            try PNG.decode(freed).rgb().pixels == Picture(file: "\(folder)/plain.png").rgb().pixels)

        let remote = ["--remote", "http://127.0.0.1:\(server.port)"]
        let far = try pinxit(
            parts + remote + ["--output", "\(folder)/far.png"], library: "\(folder)/none")
        #expect(far.0 == 0, "\(far.1)")
        #expect(try Picture(file: "\(folder)/far.png").rgb().pixels == expected)
        let again = try pinxit(
            [
                "--from", "\(folder)/far.png", "--control", "\(folder)/a.png", "--control",
                "\(folder)/b.png", "--image-prompt", "\(folder)/b.png", "--model", model,
                "--output", "\(folder)/again.png",
            ], library: library)
        #expect(again.0 == 0 && !again.1.contains("another picture"), "\(again.1)")
        #expect(try Picture(file: "\(folder)/again.png").rgb().pixels == expected)
        let path = try pinxit(
            remote + ["--controlnet", "./lines", "--control", "\(folder)/a.png"], library: library)
        #expect(path.0 == 64 && path.1.contains("--controlnet ./lines: with --remote the name"))
        #expect(server.end(SIGTERM) == 0)
    }

    private func finished(_ server: ServerProgram, _ job: String) throws -> JSONValue {
        while true {
            let found = try server.json("GET", "/api/v1/jobs/\(job)")
            if ["done", "failed"].contains(found["status"]?.text) { return found }
            usleep(20_000)
        }
    }
}

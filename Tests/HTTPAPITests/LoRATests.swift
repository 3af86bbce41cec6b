import Foundation
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitServing
import PinxitTestSupport
import PinxitWorkers
import Testing

@testable import PinxitHTTPAPI

/// LoRAs, as jobs ask for them.
@Suite struct LoRATests {
    /// A BMP of one pixel, whose bytes are text too, as forms in tests are.
    private static let source: String = {
        let sizes: [UInt8] = [58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0]
        let kind: [UInt8] = [1, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 4, 0, 0, 0]
        let rest = [UInt8](repeating: 0, count: 16) + [10, 20, 30, 0]
        return "BM" + String(decoding: sizes + kind + rest, as: UTF8.self)
    }()

    private func withServer(_ body: (Running, String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try makeFolder("\(folder)/Lora/styles")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try LoRAFile.write(
            "\(folder)/Lora/ink.safetensors",
            metadata: [
                "ss_output_name": "ink-v2", "ss_tag_frequency": #"{"set":{"ink":3}}"#,
                "cover": String(repeating: "x", count: 100_000),
            ])
        try LoRAFile.write("\(folder)/Lora/styles/pencil.safetensors")
        try LoRAFile.write("\(folder)/Lora/xl.safetensors", context: 2048)
        try Data("no LoRA".utf8).write(to: URL(fileURLWithPath: "\(folder)/notes.safetensors"))
        try LoRAFile.write("\(folder)/plain.safetensors")
        let server = try Running(models: ["tiny-sd1", "tiny-dalle"]) {
            $0.loraFolders = [
                LoRAFolder("\(folder)/Lora", isDeep: true),
                LoRAFolder("\(folder)/nowhere", isDeep: true),
                LoRAFolder(folder, isDeep: false),
            ]
        }
        try await server.used { try await body($0, folder) }
    }

    @Test("Who paints gets files and weights, of the list and of the prompt in their order")
    func natively() async throws {
        try await withServer { server, _ in
            let job = try await server.paint(
                """
                {"prompt":"a cat <lora:pencil:0.5:0.8>, black","loras":[
                    {"name":"ink","weight":0.75},{"name":"plain","text_weight":0}]}
                """)
            #expect(job.status == .done, "\(job.failure?.message ?? "")")
            #expect(
                job.warnings == [
                    "changed by ink.safetensors 0.75 0.75, plain.safetensors 1.0 0.0, "
                        + "pencil.safetensors 0.8 0.5"
                ])
            #expect(job.prompt == "a cat , black")
            let kept = try JSONValue(parsing: job.request)
            #expect(kept["loras"]?[2]?["name"]?.text == "pencil")
            #expect(kept["loras"]?[2]?["text_weight"]?.encoded() == "0.5")
            // What a job was is asked for again as it is told, and found by its LoRAs.
            let again = try await server.paint(job.request)
            #expect(again.warnings == job.warnings)
            let found = try await server.ask(.get, "/api/v1/history?q=pencil")
            #expect(found["items"]?[0]?["id"]?.text != nil)
            let plain = try await server.paint(#"{"prompt":"a cat","loras":null}"#)
            #expect(plain.warnings.isEmpty && !plain.request.contains("loras"))
            // By the name of its training, and of its file.
            for name in ["ink-v2", "ink.safetensors"] {
                let other = try await server.paint(#"{"prompt":"a <lora:\#(name)>"}"#)
                #expect(other.warnings == ["changed by ink.safetensors 1.0 1.0"])
            }
        }
    }

    @Test("AUTOMATIC1111's clients list them, name them in prompts, and see new ones")
    func webUI() async throws {
        try await withServer { server, folder in
            let list = try await server.ask(.get, "/sdapi/v1/loras").json
            #expect(
                (0..<5).map { list[$0]?["name"]?.text } == ["ink", "xl", "pencil", "plain", nil])
            #expect(list[0]?["alias"]?.text == "ink-v2" && list[1]?["alias"]?.text == "xl")
            // Where files lie is told to nobody.
            #expect(list[0]?["path"]?.text == "ink.safetensors")
            #expect(!list.encoded().contains(folder))
            #expect(list[0]?["metadata"]?["ss_tag_frequency"]?["set"] != nil)
            #expect(list[0]?["metadata"]?["cover"] == nil)
            let answer = try await server.ask(
                .post, "/sdapi/v1/txt2img", #"{"prompt":"a cat <lora:ink:0.5>","seed":1}"#)
            #expect(answer.status == 200, "\(answer.text)")
            let info = try JSONValue(parsing: try #require(answer["info"]?.text))
            #expect(info["prompt"]?.text == "a cat <lora:ink:0.5>")
            #expect(info["warnings"]?[0]?.text == "changed by ink.safetensors 0.5 0.5")
            let without = try await server.ask(
                .post, "/sdapi/v1/txt2img",
                #"{"prompt":"a cat <lora:ink:0.5>","disable_extra_networks":true}"#)
            #expect(without.status == 200)
            #expect(without["info"]?.text?.contains("changed by") == false)

            try LoRAFile.write("\(folder)/Lora/new.safetensors")
            try FileManager.default.removeItem(atPath: "\(folder)/Lora/ink.safetensors")
            let refreshed = try await server.ask(.post, "/sdapi/v1/refresh-loras", "{}")
            #expect(refreshed.status == 200)
            let fresh = try await server.ask(.get, "/sdapi/v1/loras").json
            #expect((0..<2).map { fresh[$0]?["name"]?.text } == ["new", "xl"])
        }
    }

    @Test("OpenAI's clients give them beside OpenAI's fields, in JSON and in forms")
    func openAI() async throws {
        try await withServer { server, _ in
            let answer = try await server.ask(
                .post, "/v1/images/generations",
                #"{"prompt":"a cat","loras":[{"name":"ink","weight":0.5}]}"#)
            #expect(answer.status == 200, "\(answer.text)")
            func newest() throws -> Job {
                try #require(try server.service.newest(for: .server).first)
            }
            #expect(try newest().warnings == ["changed by ink.safetensors 0.5 0.5"])
            let fields = [
                ("prompt", "a dog"), ("loras[][name]", "ink"), ("loras[][weight]", "0.25"),
                ("loras[][name]", "pencil"), ("image", "\(Self.source)"),
            ]
            let form = fields.map { name, value in
                "--x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            }.joined()
            let edited = try await server.ask(
                .post, "/v1/images/edits", form + "--x--\r\n",
                headers: ["Content-Type": "multipart/form-data; boundary=x"])
            #expect(edited.status == 200, "\(edited.text)")
            #expect(
                try newest().warnings == [
                    "changed by ink.safetensors 0.25 0.25, pencil.safetensors 1.0 1.0"
                ])
            let unknown = try await server.ask(
                .post, "/v1/images/generations",
                #"{"prompt":"a cat","loras":[{"name":"inc"}]}"#)
            #expect(unknown.status == 404 && unknown["error.type"]?.text == "invalid_request_error")
            #expect(unknown["error.param"]?.text == "loras[0].name")
            #expect(unknown["error.message"]?.text?.hasSuffix("is ink meant?") == true)
        }
    }

    @Test("Capabilities name what goes with each model, and the document has it")
    func capabilities() async throws {
        try await withServer { server, _ in
            let answer = try await server.ask(.get, "/api/v1/capabilities")
            let loras = answer["models"]?[0]?["loras"]
            #expect((0..<4).map { loras?[$0]?["name"]?.text } == ["ink", "pencil", "plain", nil])
            #expect(loras?[0]?["family"]?.text == "a model of context 16")
            #expect(answer["models"]?[1]?["loras"]?[0] == nil)
            #expect(answer["limits.max_loras"]?.encoded() == "16")
            let document = try await server.ask(.get, "/api/v1/openapi.json").json
            let check = SchemaCheck(document: document)
            #expect(check.faults(answer.json, Schema.named("Capabilities")).isEmpty)
            let good: JSONValue = ["prompt": "a", "loras": [["name": "x", "weight": 0.5]]]
            #expect(check.faults(good, Schema.named("JobRequest")).isEmpty)
            let bad: JSONValue = ["prompt": "a", "loras": [["path": "x"]]]
            #expect(!check.faults(bad, Schema.named("JobRequest")).isEmpty)
        }
    }

    private static let many =
        #"{"prompt":"a","loras":["#
        + [String](repeating: #"{"name":"ink"}"#, count: 17).joined(separator: ",") + "]}"

    @Test(
        "What is not accepted is said with its field and what would be",
        arguments: [
            (#"{"prompt":"a <lora:inc:0.5>"}"#, 404, "prompt: there is no LoRA inc; is ink meant?"),
            (
                #"{"prompt":"a","loras":[{"name":"zzzzzz"}]}"#, 404,
                "loras[0].name: there is no LoRA zzzzzz; ink, xl, pencil, plain are there"
            ),
            (
                #"{"prompt":"a","loras":[{"name":"../../etc/passwd"}]}"#, 404,
                "there is no LoRA ../../etc/passwd; "
            ),
            (#"{"prompt":"a","loras":[{"name":"a\nb"}]}"#, 404, "there is no LoRA a b; "),
            (#"{"prompt":"a <lora:ink:much>"}"#, 400, "prompt: <lora:ink:much>: <lora:NAME>"),
            (#"{"prompt":"a <lora:../ink>"}"#, 400, "<lora:NAME>"),
            (#"{"prompt":"a <lora:ink:\n1:2:3>"}"#, 400, "<lora:NAME>"),
            (#"{"prompt":"a <lora:ink:101>"}"#, 400, "prompt: 101.0 is not from -100 to 100"),
            (#"{"prompt":"a","loras":[{"name":"ink","weight":1e300}]}"#, 400, "loras[0].weight: "),
            (#"{"prompt":"a","loras":[{"name":"ink","weight":"1"}]}"#, 400, "loras[0].weight: "),
            (#"{"prompt":"a","loras":[{"weight":1}]}"#, 400, "loras[0].name: "),
            (
                #"{"prompt":"a","loras":[{"name":"ink","path":"x"}]}"#, 400,
                "loras[0].path: is unknown; name, weight, text_weight are accepted"
            ),
            (#"{"prompt":"a","loras":"ink"}"#, 400, "loras: "),
            (#"{"prompt":"a","loras":["ink"]}"#, 400, "loras[0]: "),
            (many, 400, "loras: 17 are more than 16"),
            (
                #"{"prompt":"a <lora:ink>","model":"tiny-dalle"}"#, 400,
                "loras: only a latent diffusion model can take one"
            ),
        ])
    func refusals(_ body: String, _ status: Int, _ words: String) async throws {
        try await withServer { server, _ in
            let answer = try await server.ask(.post, "/api/v1/jobs", body)
            #expect(answer.status == status, "\(answer.text)")
            let message = answer["error.message"]?.text ?? ""
            #expect(message.contains(words), "\(message)")
            #expect(!message.contains("\n"))
            #expect(try server.service.newest(for: .server).isEmpty)
        }
    }

    @Test("One for another family of models fails with one line, and so does one that is gone")
    func misfits() async throws {
        try await withServer { server, folder in
            let wide = try await server.paint(#"{"prompt":"a <lora:xl>"}"#)
            #expect(wide.status == .failed)
            #expect(
                wide.failure?.message
                    == "xl is a LoRA for SDXL (context 2048); the model is a model of context 16")
            let webUI = try await server.ask(
                .post, "/sdapi/v1/txt2img", #"{"prompt":"a <lora:xl>"}"#)
            #expect(webUI.status >= 400)
            #expect(webUI["detail"]?.text?.contains("is a LoRA for SDXL") == true)
            let unknown = try await server.ask(
                .post, "/sdapi/v1/txt2img", #"{"prompt":"a <lora:pensil>"}"#)
            #expect(unknown.status == 404 && unknown["error"]?.text == "lora_not_found")
            #expect(unknown["detail"]?.text?.hasSuffix("is pencil meant?") == true)
        }
    }

    @Test("Tags are no tokens")
    func tokens() async throws {
        try await withServer { server, _ in
            func count(_ prompt: String) async throws -> String? {
                try await server.ask(.post, "/api/v1/tokenize", #"{"prompt":"\#(prompt)"}"#)[
                    "count"]?
                    .encoded()
            }
            let plain = try await count("a cat")
            let tagged = try await count("a cat <lora:ink:0.5>")
            let typed = try await count("a cat <lora:ink")
            #expect(plain != nil && tagged == plain && typed != plain)
        }
    }
}

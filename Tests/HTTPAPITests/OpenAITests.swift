import Foundation
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitServing
import PinxitTestSupport
import Testing

@testable import PinxitHTTPAPI

/// What OpenAI's clients ask for and read.
@Suite struct OpenAITests {
    private static let image: String = {
        let picture = Picture(width: 24, height: 16, color: [200, 40, 30])
        return (try? PNG.encode(picture).base64EncodedString()) ?? ""
    }()
    private static var address: String { "data:image/png;base64,\(image)" }

    private func ask(_ door: String, _ body: String) async throws -> Running.Answer {
        let server = try Running()
        let answer = try await server.ask(.post, "/v1/images/\(door)", body)
        await server.stop()
        return answer
    }

    @Test("Pictures come as addresses to DALL·E's clients, else in the answer, or as is asked")
    func addresses() async throws {
        for (more, isAddress) in [
            (#""model":"dall-e-3""#, true), (#""model":"gpt-image-1""#, false),
            (#""model":"dall-e-2","response_format":"b64_json""#, false),
            (#""response_format":"url""#, true), (#""model":"""#, false),
        ] {
            let answer = try await ask("generations", #"{"prompt":"a","n":2,\#(more)}"#)
            #expect(answer.status == 200, "\(answer.text)")
            for index in 0..<2 {
                let picture = answer["data"]?[index]
                #expect((picture?["url"] != nil) == isAddress, "\(more)")
                #expect((picture?["b64_json"] != nil) == !isAddress, "\(more)")
            }
            #expect(answer["data"]?[2] == nil)
        }
    }

    @Test(
        "A quality is so many steps",
        arguments: [("low", 0.5), ("hd", 1.5), ("high", 1.5), ("auto", 1), ("max", 2.5)])
    func qualities(_ name: String, _ factor: Double) async throws {
        func steps(_ more: String) async throws -> JSONValue? {
            let server = try Running()
            var asked: JSONValue?
            try await server.used { server in
                let answer = try await server.ask(
                    .post, "/v1/images/generations", #"{"prompt":"a"\#(more)}"#)
                let job = try server.service.job(
                    try #require(answer["job_id"]?.text, "\(answer.text)"), for: .server)
                asked = try JSONValue(parsing: job.request)["steps"]
            }
            return asked
        }
        func isCount(_ value: JSONValue?, _ count: Int) -> Bool {
            if case .integer(count)? = value { true } else { false }
        }
        let usual = try ModelFolder(Fixture.path("tiny-pinxit")).settings.steps
        let asked = try await steps(#","quality":"\#(name)""#)
        // The model's own is not asked for.
        #expect(
            factor == 1 ? asked == nil : isCount(asked, Int((Double(usual) * factor).rounded())))
        #expect(isCount(try await steps(#","quality":"hd","steps":3"#), 3))
    }

    @Test(
        "Pictures come in the format that is asked for",
        arguments: [PictureFormat.png, .jpeg, .webP])
    func formats(_ format: PictureFormat) async throws {
        let name = "\(format)".lowercased()
        let answer = try await ask(
            "generations", #"{"prompt":"a","output_format":"\#(name)","output_compression":50}"#)
        let bytes = try #require(Data(base64Encoded: answer["data"]?[0]?["b64_json"]?.text ?? ""))
        #expect(PictureFormat(contents: bytes) == format)
        #expect(answer["output_format"]?.text == name)
    }

    @Test("An edit goes by its picture and mask")
    func pictures() async throws {
        let server = try Running()
        try await server.used { server in
            let answer = try await server.ask(
                .post, "/v1/images/edits",
                #"""
                {"prompt":"a","images":[{"image_url":"\#(Self.address)"}],
                 "mask":{"image_url":"\#(Self.address)"}}
                """#)
            #expect(answer.status == 200, "\(answer.text)")
            let job = try server.service.job(try #require(answer["job_id"]?.text), for: .server)
            let source = try JSONValue(parsing: job.request)["source"]
            #expect(source?["kind"]?.text == "inpaint" && source?["mask"] != nil)
        }
    }

    @Test(
        "What is missing or wrong is told with the name that the client gave it",
        arguments: [
            ("variations", #"{"prompt":"a"}"#, "image"), ("edits", #"{"prompt":"a"}"#, "image"),
            ("generations", #"{"prompt":""}"#, "prompt"),
            ("generations", #"{"prompt":"a","response_format":"file"}"#, "response_format"),
            ("generations", #"{"prompt":"a","output_format":"gif"}"#, "output_format"),
            ("generations", #"{"prompt":"a","output_compression":101}"#, "output_compression"),
            ("generations", #"{"prompt":"a","quality":"best"}"#, "quality"),
            ("generations", #"{"prompt":"a","background":"transparent"}"#, "background"),
            ("generations", #"{"prompt":"a","size":"wide"}"#, "size"),
            ("generations", #"{"prompt":"a","size":"1000000x8"}"#, "size"),
            ("generations", #"{"prompt":"a","n":0}"#, "n"),
            ("generations", #"{"prompt":"a","partial_images":21}"#, "partial_images"),
            (
                "edits", #"{"prompt":"a","images":[{"image_url":"https://a.example/b.png"}]}"#,
                "images[0]"
            ),
        ])
    func refusals(_ door: String, _ body: String, _ field: String) async throws {
        let answer = try await ask(door, body)
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer["error.param"]?.text == field, "\(answer.text)")
        #expect(answer["error.type"]?.text == "invalid_request_error")
    }
}

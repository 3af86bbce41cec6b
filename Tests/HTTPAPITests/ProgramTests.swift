import Foundation
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTestSupport
import Testing

@Suite(.serialized) struct ProgramTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
    private let model = Fixture.path("tiny-pinxit")

    private func pixels(_ base64: String?) throws -> [UInt8] {
        let bytes = try #require(Data(base64Encoded: base64 ?? ""))
        return try PNG.decode(bytes).rgb().pixels
    }

    @Test("The same seed paints the same pixels through every door and from the command line")
    func doors() throws {
        try makeFolder(folder)
        let command = Process()
        command.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        command.arguments = [
            "paint", "a cat", "--model", model, "--seed", "7", "--steps", "2", "--size", "64x64",
            "--output", "\(folder)/cat.png", "--quiet",
        ]
        try command.run()
        command.waitUntilExit()
        let own = try Picture(file: "\(folder)/cat.png").rgb().pixels

        let server = try ServerProgram(data: folder + "/data", model: model)
        let size = #""width":64,"height":64"#
        let submitted = try server.json(
            "POST", "/api/v1/jobs", #"{"prompt":"a cat","seed":7,"steps":2,\#(size)}"#)
        let job = try server.finished(submitted["id"]?.text)
        let address = try #require(job["images"]?[0]?["url"]?.text)
        let native = Data(try server.ask("GET", address).1)
        #expect(try PNG.decode(native).rgb().pixels == own)

        let openAI = try server.json(
            "POST", "/v1/images/generations",
            #"{"prompt":"a cat","size":"64x64","seed":7,"steps":2}"#)
        #expect(try pixels(openAI["data"]?[0]?["b64_json"]?.text) == own)
        let webUI = try server.json(
            "POST", "/sdapi/v1/txt2img", #"{"prompt":"a cat","seed":7,"steps":2,\#(size)}"#)
        #expect(try pixels(webUI["images"]?[0]?.text) == own)
        #expect(server.end(SIGTERM) == 0)
    }

    /// Runs the command, and gives its code, what it printed and what it noted.
    private func pinxit(_ arguments: [String]) throws -> (code: Int32, out: String, err: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        process.arguments = arguments
        let (out, err) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (out, err)
        try process.run()
        let printed = out.fileHandleForReading.readDataToEndOfFile()
        let noted = err.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: printed, as: UTF8.self),
            String(decoding: noted, as: UTF8.self)
        )
    }

    @Test("pinxit paint --remote writes the files that painting here writes")
    func remote() throws {
        try makeFolder(folder)
        let options = [
            "paint", "a cat", "--seed", "7", "--steps", "2", "--size", "64x64", "-c", "2",
        ]
        _ = try pinxit(options + ["--model", model, "--output", "\(folder)/own-{seed}.png", "-q"])
        let server = try ServerProgram(data: folder + "/data", model: model)
        let address = "http://127.0.0.1:\(server.port)"
        let (code, out, err) = try pinxit(
            options + [
                "--remote", address, "--output", "\(folder)/far-{seed}.png", "--progress", "json",
            ])
        #expect(code == 0 && out == "\(folder)/far-7.png\n\(folder)/far-8.png\n", "\(err)")
        #expect(err.contains(#""step""#))
        for seed in [7, 8] {
            let (own, far) = (
                try readFile("\(folder)/own-\(seed).png"), try readFile("\(folder)/far-\(seed).png")
            )
            #expect(own.elementsEqual(far))
        }
        let refused = try pinxit([
            "paint", "a", "--remote", address, "--sampler", "pndm", "--eta", "1",
        ])
        #expect(refused.code != 0 && !refused.err.isEmpty)
        let local = try pinxit(["paint", "a", "--remote", address, "--grid"])
        #expect(local.code == 64 && local.err.contains("--grid goes without --remote"))
        let secure = try pinxit([
            "paint", "a", "--remote", address.replacing("http://", with: "https://"),
        ])
        // Where OpenSSL is not there, that is said.
        #expect(secure.code == 69, "\(secure.err)")
        #expect(
            secure.err.contains("TLS is not spoken there")
                || secure.err.contains("https needs OpenSSL"), "\(secure.err)")
        #expect(server.end(SIGTERM) == 0)
        let away = try pinxit(["paint", "a", "--remote", address])
        #expect(away.code == 69 && away.err.contains("nobody answers"))
        let other = try pinxit(["paint", "a", "--remote", "ftp://example.org"])
        #expect(other.code == 64 && other.err.contains("https://HOST is accepted"))
    }

    @Test("Pictures say that they were generated; labelled and signed where that is asked for")
    func marks() throws {
        let files = ["cert.pem", "key.pem"].map { Fixture.path("c2pa/\($0)") }
        let body = #"{"prompt":"a cat","seed":7,"steps":1,"size":"64x64"}"#
        for (arguments, marks) in [
            ([], [true, false, false]),
            (["--label", "zh", "--producer", "me"], [true, true, false]),
            (["--c2pa"] + files, [true, false, true]), (["--no-metadata"], [false, false, false]),
        ] {
            let server = try ServerProgram(
                data: folder + "/\(marks)", model: model, arguments: arguments)
            let answer = try server.json("POST", "/v1/images/generations", body)
            let file = try #require(
                Data(base64Encoded: answer["data"]?[0]?["b64_json"]?.text ?? ""), "\(answer)")
            let found = ["trainedAlgorithmicMedia", "TC260:AIGC", "caBX"].map {
                file.range(of: Data($0.utf8)) != nil
            }
            #expect(found == marks, "\(arguments)")
            #expect(server.end(SIGTERM) == 0)
        }
    }

    @Test("A server that is killed while it paints goes on when it is started again")
    func killed() throws {
        var server = try ServerProgram(data: folder, model: model)
        let body = #"{"prompt":"a cat","seed":1,"count":3,"steps":2,"width":64,"height":64}"#
        let job = try #require(try server.json("POST", "/api/v1/jobs", body)["id"]?.text)
        // Once while the first picture is painted or the model loaded, once when it is there.
        var first: String?
        for isPainted in [false, true] {
            let end = ContinuousClock.now + .seconds(60)
            while isPainted, first == nil, ContinuousClock.now < end {
                first = try server.json("GET", "/api/v1/jobs/\(job)")["images"]?[0]?["hash"]?.text
                usleep(5_000)
            }
            _ = server.end(SIGKILL)
            server = try ServerProgram(data: folder, model: model)
        }
        let found = try server.finished(job)
        #expect(found["status"]?.text == "done")
        #expect(found["images"]?[0]?["hash"]?.text == (try #require(first)))
        #expect((0..<4).map { found["images"]?[$0]?["seed"] != nil } == [true, true, true, false])
        let history = try server.json("GET", "/api/v1/history")
        #expect(history["items"]?[0]?["id"]?.text == job && history["items"]?[1] == nil)
        #expect(server.end(SIGTERM) == 0)
    }

    @Test("A request whose body never comes does not hold a server that is stopped")
    func stalledBody() throws {
        let server = try ServerProgram(
            data: folder, model: model, isFake: true, arguments: ["--grace", "0"])
        let head =
            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        let socket = try server.send(head)
        defer { close(socket) }
        usleep(300_000)
        let start = ContinuousClock.now
        #expect(server.end(SIGTERM) == 0)
        // Five seconds, and not the 75 that an idle connection lives.
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test(
        "A client that goes takes its job along, with half a request nothing, and no server",
        arguments: ["", #","stream":true,"partial_images":1"#])
    func going(_ more: String) throws {
        let file = folder + "-steps"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try ServerProgram(
            data: folder, model: model, isFake: true, variables: ["FAKE_STEPS": file])
        let body = #"{"prompt":"slow","n":10,"steps":150\#(more)}"#
        let head =
            "POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        for text in [head, head + body.prefix(10)] { close(try server.send(text)) }
        let whole = try server.send(head + body)
        func newest() throws -> String? {
            try server.json("GET", "/api/v1/jobs")["jobs"]?[0]?["status"]?.text
        }
        func steps(_ job: String) -> Int {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count { $0 == job }
        }
        while try newest() != "painting" { usleep(20_000) }
        let jobs = try server.json("GET", "/api/v1/jobs")["jobs"]
        #expect(jobs?[1] == nil)
        let job = try #require(jobs?[0]?["id"]?.text)
        while steps(job) == 0 { usleep(20_000) }
        let before = steps(job)
        close(whole)
        // The worker takes the next when it has let go of this one. To its end it would take 1500
        // steps of a tenth of a second; a second of these it may go on.
        let next = try server.json("POST", "/api/v1/jobs", #"{"prompt":"b"}"#)["id"]?.text
        #expect(try server.finished(next)["status"]?.text == "done")
        #expect(steps(job) - before <= 10)
        #expect(try server.finished(job)["status"]?.text == "cancelled")
        #expect(try server.ask("GET", "/healthz").0 == 200)
        #expect(server.end(SIGTERM) == 0)
    }

    @Test("A client that asks before it sends a body is told to go on, or at once what is wrong")
    func expectations() throws {
        let server = try ServerProgram(data: folder, model: model, isFake: true)
        func head(_ length: Int) -> String {
            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(length)\r\n"
                + "Expect: 100-continue\r\n\r\n"
        }
        let body = Array(#"{"prompt":"a cat"}"#.utf8)
        let socket = try server.send(head(body.count))
        defer { close(socket) }
        func answer() -> String {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = read(socket, &buffer, buffer.count)
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(answer() == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(write(socket, body, body.count) == body.count)
        #expect(answer().hasPrefix("HTTP/1.1 202 "))
        let refused = try server.bytes(answering: head(1 << 40))
        #expect(String(decoding: refused, as: UTF8.self).hasPrefix("HTTP/1.1 413 "))
        #expect(server.end(SIGTERM) == 0)
    }

    @Test("Of what is finished so many jobs are kept as was said")
    func keeping() throws {
        let first = try ServerProgram(data: folder, model: model, isFake: true)
        for word in ["a", "b"] {
            let job = try first.json("POST", "/api/v1/jobs", #"{"prompt":"\#(word)"}"#)
            #expect(try first.finished(job["id"]?.text)["status"]?.text == "done")
        }
        #expect(first.end(SIGTERM) == 0)
        let second = try ServerProgram(
            data: folder, model: model, isFake: true, arguments: ["--keep-jobs", "1"])
        func history() throws -> [JSONValue] {
            guard case .array(let jobs)? = try second.json("GET", "/api/v1/history")["items"] else {
                return []
            }
            return jobs
        }
        // It looks when it starts, which nobody waits for.
        for _ in 0..<200 {
            guard try history().count == 2 else { break }
            usleep(20_000)
        }
        #expect(try history().map { $0["prompt"]?.text } == ["b"])
        #expect(second.end(SIGTERM) == 0)
    }

    @Test("Another address is refused without a key, and a second server on the same folder too")
    func refusals() throws {
        let first = try ServerProgram(data: folder, model: model)
        for (arguments, code, words) in [
            (["--host", "0.0.0.0"], 64, "--key-file"),
            (["--data", folder], 73, "another server's"),
            (
                ["--data", folder + "-2", "--port", "\(first.port)"], 69,
                "127.0.0.1:\(first.port): the server cannot listen there"
            ),
            (["--data", folder + "-3", "--key-file", folder + "/nowhere"], 66, "nowhere"),
            (["--keep-gigabytes", "0"], 64, "--keep-gigabytes 0.0: 0.001 to 1000000 is accepted"),
        ] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
            process.arguments = ["serve", "--port", "0", "--model", model] + arguments
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == code)
            let text = String(
                decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
            #expect(text.contains(words), "\(text)")
        }
        #expect(first.end(SIGTERM) == 0)
    }
}

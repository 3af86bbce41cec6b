import Foundation
import HTTPTypes
import PinxitFiles
import PinxitServing
import Testing

@testable import PinxitHTTPAPI

/// Ann has painted a picture, started from another, is having one painted and waits for a third.
/// Bob's key is of the same scope, the root's of scope admin.
@Suite struct OwnersTests {
    private struct Place {
        let server: Running
        let done: Job
        let hash: String
        let upload: String
        let painting: String
        let waiting: String

        func ask(
            _ who: String, _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil
        ) async throws -> Running.Answer {
            try await server.ask(
                method, path, body, headers: ["X-API-Key": OwnersTests.key(who)])
        }
    }

    private static func key(_ who: String) -> String { who + "-0123456789abcdef" }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        var options = ServerOptions()
        options.keys = ["ann", "bob", "root"].map {
            AccessKey(name: $0, key: Self.key($0), scope: $0 == "root" ? .admin : .generate)
        }
        let server = try Running(options: options)
        do {
            try await body(try await place(server))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func place(_ server: Running) async throws -> Place {
        func submit(_ body: String) async throws -> String {
            let answer = try await server.ask(
                .post, "/api/v1/jobs", body, headers: ["X-API-Key": Self.key("ann")])
            return try #require(answer["id"]?.text)
        }
        let id = try await submit(#"{"prompt":"a secret apple","seed":7,"previews":1}"#)
        let done = try await server.service.finished(id, for: .server)
        let file = try server.service.file(done.pictures[0])
        let answer = try await server.ask(
            .post, "/api/v1/jobs",
            #"{"kind":"edit","prompt":"slow secret","count":9,"steps":150,"source":""#
                + "data:image/png;base64,\(try other(file).base64EncodedString())\"}",
            headers: ["X-API-Key": Self.key("ann")])
        let painting = try #require(answer["id"]?.text, "\(answer.text)")
        while try server.service.job(painting, for: .server).status == .queued {
            try await Task.sleep(for: .milliseconds(5))
        }
        return Place(
            server: server, done: done, hash: done.pictures[0].hash,
            upload: try #require(answer["job.source"]?.text), painting: painting,
            waiting: try await submit(#"{"prompt":"secret too","seed":9}"#))
    }

    /// The same picture in another file.
    private func other(_ file: Data) throws -> Data {
        // Between the first chunk and the others a text has place: "tEXt" with "k", 0, "v".
        let text: [UInt8] = [0, 0, 0, 3] + Array("tEXtk".utf8) + [0] + Array("v".utf8)
        return file.prefix(33) + Data(text) + Data(crc(text.dropFirst(4))) + file.dropFirst(33)
    }

    private func crc(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~value >> $0) }
    }

    /// Every call that names a job or a picture, and what the owner is answered.
    private func calls(_ place: Place) -> [(HTTPRequest.Method, String, String?, Int)] {
        let (job, waits) = ("/api/v1/jobs/\(place.done.id)", "/api/v1/jobs/\(place.waiting)")
        let history = "/api/v1/history/\(place.done.id)"
        var calls: [(HTTPRequest.Method, String, String?, Int)] = [
            (.get, job, nil, 200), (.get, job + "/events", nil, 200),
            (.get, job + "/previews/1", nil, 200), (.get, waits, nil, 200),
            (.post, waits + "/move", #"{"before":null}"#, 200),
            (.delete, history, nil, 200), (.post, history + "/restore", nil, 200),
            (.post, history + "/keep", nil, 200),
            (.post, job + "/cancel", nil, 409),
        ]
        for hash in [place.hash, place.upload] {
            let picture = "/api/v1/images/\(hash)"
            calls += [
                (.get, picture, nil, 200), (.get, picture + "/thumbnail", nil, 200),
                (.get, picture + "/settings", nil, 200),
                (
                    .post, "/api/v1/jobs",
                    #"{"kind":"vary","prompt":"a","source":"\#(hash)"}"#, 202
                ),
                (
                    .post, "/api/v1/jobs",
                    #"{"prompt":"a","source":{"kind":"image","picture":"\#(hash)"}}"#, 202
                ),
                (
                    .post, "/sdapi/v1/extra-single-image",
                    #"{"image":"\#(hash)","upscaler_1":"Lanczos"}"#, 200
                ),
                (.post, "/controlnet/detect", #"{"controlnet_images":["\#(hash)"]}"#, 200),
            ]
        }
        calls += [
            (.get, "/api/v1/images/\(place.hash)/explain", nil, 202),
            (.get, "/api/v1/images/\(place.hash)/explain/steps/1", nil, 404),
            (.post, waits + "/cancel", nil, 200), (.delete, waits, nil, 200),
            (.delete, job, nil, 200),
        ]
        return calls
    }

    @Test("What is another's is answered as what never was; its owner and the admin have it")
    func matrix() async throws {
        try await withPlace { place in
            for (method, path, body, _) in calls(place) {
                let answer = try await place.ask("bob", method, path, body)
                #expect(answer.status == 404, "bob: \(method) \(path) \(body ?? "")")
                // Of what nobody has, the same is said.
                func unknown(_ text: String) -> String {
                    [place.done.id, place.waiting].reduce(text) {
                        $0.replacing($1, with: "jnone")
                    }.replacing(place.hash, with: String(repeating: "0", count: 64))
                        .replacing(place.upload, with: String(repeating: "0", count: 64))
                }
                let never = try await place.ask("bob", method, unknown(path), body.map(unknown))
                #expect(never.status == 404 && never.text == unknown(answer.text))
            }
            for (method, path, body, status) in calls(place) {
                let who = method == .get ? "root" : "ann"
                let answer = try await place.ask(who, method, path, body)
                #expect(answer.status == status, "\(who): \(method) \(path) \(answer.text)")
            }
        }
    }

    @Test("Lists, searches, events and the progress of others are empty")
    func lists() async throws {
        try await withPlace { place in
            let lists = [
                "/api/v1/jobs", "/api/v1/jobs?active=1", "/api/v1/history",
                "/api/v1/history?q=secret",
            ]
            for list in lists {
                let others = try await place.ask("bob", .get, list).text
                #expect(!others.contains("secret"))
                #expect(try await place.ask("ann", .get, list).text.contains("secret"))
                #expect(try await place.ask("root", .get, list).text.contains("secret"))
            }
            let progress = "/sdapi/v1/progress"
            #expect(try await place.ask("bob", .get, progress)["state.job"]?.text == "")
            #expect(
                try await place.ask("ann", .get, progress)["state.job"]?.text == place.painting)
            // The admin's "interrupt" is of its own, too.
            for who in ["bob", "root"] {
                for name in ["interrupt", "skip"] {
                    #expect(try await place.ask(who, .post, "/sdapi/v1/\(name)").status == 200)
                }
            }
            let option = #"{"sd_model_checkpoint":"tiny-dalle","note":"secret"}"#
            #expect(try await place.ask("ann", .post, "/sdapi/v1/options", option).status == 200)
            let options = try await place.ask("bob", .get, "/sdapi/v1/options")
            #expect(options["sd_model_checkpoint"]?.text == "tiny-pinxit")
            #expect(!options.text.contains("secret"))
            let own = try await place.ask("bob", .post, "/api/v1/jobs", #"{"prompt":"mine"}"#)
            // Bob has not had a turn, so his comes first.
            #expect(own["job.queue_position"]?.encoded(indented: false) == "1")
            let id = try #require(own["id"]?.text)
            let before = #"{"before":"\#(place.waiting)"}"#
            let move = try await place.ask("bob", .post, "/api/v1/jobs/\(id)/move", before)
            #expect(move.status == 404)
            let status = try await place.ask("ann", .get, "/api/v1/jobs/\(place.painting)")
            #expect(status["status"]?.text == "painting")
            #expect(try await place.ask("ann", .post, "/sdapi/v1/interrupt").status == 200)
            let ended = try await place.ask("ann", .get, "/api/v1/jobs/\(place.painting)")
            #expect(ended["status"]?.text == "cancelled")
            try await events(place, bob: id)
        }
    }

    /// All events from the first on, as each of them gets them.
    private func events(_ place: Place, bob: String) async throws {
        let tasks = ["bob", "ann", "root"].map { who in
            Task { try await place.ask(who, .get, "/api/v1/events?after=0").text }
        }
        while !(try place.server.service.job(bob, for: .server).status.isFinal) {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await Task.sleep(for: .milliseconds(100))
        await place.server.stop()
        let texts = [try await tasks[0].value, try await tasks[1].value, try await tasks[2].value]
        #expect(!texts[0].contains("secret") && texts[0].contains(bob))
        #expect(!texts[0].contains(place.painting) && !texts[0].contains(place.hash))
        #expect(texts[1].contains("secret") && !texts[1].contains(bob))
        #expect(texts[2].contains("secret") && texts[2].contains(bob))
    }

    @Test("A session holds at every server with the same secret and key, until it is too old")
    func tokens() throws {
        let keys = ["ann", "bob"].map { AccessKey(name: $0, key: Self.key($0)) }
        let here = Sessions(secret: "s", keys: keys)
        let cookie = here.begin(keys[1], at: 1000)
        let token = String(cookie.split(separator: ";")[0].split(separator: "=")[1])
        #expect(Sessions(secret: "s", keys: keys).key(token, at: 2000)?.name == "bob")
        #expect(here.key(token, at: 1000 + 31 * 86400) == nil)
        #expect(Sessions(secret: "t", keys: keys).key(token, at: 2000) == nil)
        #expect(Sessions(secret: "s", keys: [keys[0]]).key(token, at: 2000) == nil)
        let later = token.replacing(token.prefix(3), with: "999")
        #expect(here.key(later, at: 2000) == nil)
        let anns = here.begin(keys[0], at: 1000).split(separator: ";")[0].split(separator: ".")[1]
        let bobs = token.split(separator: ".")[1]
        #expect(here.key(token.replacing(bobs, with: anns), at: 2000) == nil)
        for none in ["", ".", "1", "x.y", token + ".", "99999999999999999999.0"] {
            #expect(here.key(none, at: 2000) == nil)
        }
    }

    @Test("A browser that came in with a key has that key's scope, whoever has the same name")
    func sessions() async throws {
        var options = ServerOptions()
        options.keys = [
            AccessKey(name: "ann", key: Self.key("ann"), scope: .admin),
            AccessKey(name: "ann", key: Self.key("screen"), scope: .read),
        ]
        let server = try Running(options: options)
        let body = #"{"key":"\#(Self.key("screen"))"}"#
        let session = try await server.ask(.post, "/api/v1/session", body)
        let cookie = try #require(session.headers[.setCookie]).split(separator: ";")[0]
        // A browser that came by TLS says it by nothing else.
        let secure = try await server.ask(
            .post, "/api/v1/session", body, headers: ["X-Forwarded-Proto": "https"])
        #expect(secure.headers[.setCookie]?.hasSuffix("; Secure") == true)
        #expect(session.headers[.setCookie]?.contains("Secure") == false)
        let headers = ["Cookie": String(cookie)]
        #expect(try await server.ask(.get, "/api/v1/history", headers: headers).status == 200)
        let pause = try await server.ask(
            .post, "/api/v1/queue", #"{"paused":true}"#, headers: headers)
        await server.stop()
        #expect(pause.status == 403)
    }
}

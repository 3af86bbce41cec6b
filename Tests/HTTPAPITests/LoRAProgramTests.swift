import Foundation
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTestSupport
import Testing

/// LoRAs that lie in a library, asked for through every door.
@Suite(.serialized) struct LoRAProgramTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
    private let model = Fixture.path("tiny-sd1")

    private func pinxit(_ arguments: [String], library: String) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        process.arguments = ["paint", "--seed", "7", "--steps", "3", "-q"] + arguments
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

    private func pixels(_ name: String) throws -> [UInt8] {
        try Picture(file: "\(folder)/\(name)").rgb().pixels
    }

    @Test("A model that LoRAs change paints the same through every door, and without as before")
    func doors() throws {
        let library = "\(folder)/library"
        try makeFolder("\(library)/Lora/styles")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try LoRAFile.write("\(library)/Lora/ink.safetensors", strength: 3)
        try LoRAFile.write("\(library)/Lora/styles/pencil.safetensors", strength: -2)
        try LoRAFile.write("\(library)/Lora/wide.safetensors", context: 12)
        try LoRAFile.write("\(library)/Lora/strange.safetensors", place: "nowhere_to_q")
        let here = ["--model", model, "--output"]
        let loras = ["--lora", "ink:0.8", "a cat <lora:pencil:0.5>"]
        let own = try pinxit(loras + here + ["\(folder)/own.png"], library: library)
        #expect(own.0 == 0, "\(own.1)")
        let bare = try pinxit(["a cat"] + here + ["\(folder)/plain.png"], library: library)
        #expect(bare.0 == 0)
        let (expected, plain) = (try pixels("own.png"), try pixels("plain.png"))
        #expect(expected != plain)

        let server = try ServerProgram(data: folder + "/data", model: model, library: library)
        func webUI(_ prompt: String) throws -> [UInt8] {
            let answer = try server.json(
                "POST", "/sdapi/v1/txt2img",
                #"{"prompt":"\#(prompt)","seed":7,"steps":3}"#)
            let bytes = try #require(
                Data(base64Encoded: answer["images"]?[0]?.text ?? ""), "\(answer)")
            return try PNG.decode(bytes).rgb().pixels
        }
        // One worker with and without them in turn, and after one that does not fit.
        let prompt = "a cat <lora:ink:0.8> <lora:pencil:0.5>"
        #expect(try webUI("a cat") == plain)
        #expect(try webUI(prompt) == expected)
        #expect(try webUI("a cat") == plain)
        for (name, words) in [
            ("wide", "wide is a LoRA for a model of context 12; the model is"),
            ("strange", "strange.safetensors: changes that meet no weight of the model"),
        ] {
            let misfit = try server.ask(
                "POST", "/sdapi/v1/txt2img", #"{"prompt":"a cat <lora:\#(name)>","steps":3}"#)
            let told = String(decoding: misfit.1, as: UTF8.self)
            #expect(misfit.0 >= 400 && told.contains(words) && !told.contains(library), "\(told)")
        }
        #expect(try webUI(prompt) == expected)
        #expect(try webUI("a cat") == plain)

        let remote = ["--remote", "http://127.0.0.1:\(server.port)", "--output"]
        let far = try pinxit(
            loras + remote + ["\(folder)/far.png"], library: "\(folder)/none")
        #expect(far.0 == 0, "\(far.1)")
        // The file too: it says what it was painted with, as the command line writes it.
        let files = try ["own.png", "far.png"].map { try readFile("\(folder)/\($0)") }
        #expect(files[0].elementsEqual(files[1]))
        for place in [here, remote] {
            let again = try pinxit(
                ["--from", "\(folder)/far.png"] + place + ["\(folder)/again.png"],
                library: library)
            #expect(again.0 == 0, "\(again.1)")
            #expect(try pixels("again.png") == expected)
        }
        let path = try pinxit(
            ["a cat", "--lora", "./ink"] + remote + ["\(folder)/no.png"], library: library)
        #expect(path.0 == 64 && path.1.contains("--lora ./ink: with --remote the name"))
        let unknown = try pinxit(
            ["a cat", "--lora", "inc"] + remote + ["\(folder)/no.png"], library: library)
        #expect(unknown.0 == 64 && unknown.1.contains("is ink meant?"), "\(unknown.1)")
        #expect(server.end(SIGTERM) == 0)
    }
}

import Foundation
import PinxitTestSupport
import Testing

@Suite struct DoctorCommandTests {
    struct Found: Decodable {
        let topic, state, text: String
        let remedy: String?
    }

    private func found(_ environment: [String: String]) throws -> (Int32, [Found]) {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["doctor", "--json"], in: scratch.path, environment: environment)
        let found = try JSONDecoder().decode([Found].self, from: Data(outcome.output.utf8))
        return (outcome.status, found)
    }

    @Test("It names processor, libraries, models and fonts, and all is well here")
    func here() throws {
        let (status, found) = try found(["PINXIT_MODEL": Fixture.path("tiny-pinxit")])
        #expect(status == 0)
        for words in ["kernels ", "oneDNN ", "libpng", "libgomp", "tiny-pinxit is used", "recipes"]
        {
            #expect(found.contains { $0.text.contains(words) }, "\(words)")
        }
        #expect(found.contains { $0.text.hasPrefix("PINXIT_MODEL=") })
    }

    @Test("A model that is not there is wrong, with what to do")
    func missing() throws {
        let (status, found) = try found(["PINXIT_MODEL": "nowhere"])
        #expect(status == 69)
        let wrong = found.filter { $0.state == "wrong" }
        #expect(wrong.count == 1 && wrong[0].text.contains("nowhere") && wrong[0].remedy != nil)
    }

    @Test("models tells names, kinds, sizes and words")
    func models() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["models", "--json"], in: scratch.path)
        struct Model: Decodable {
            let name, path, kind: String
            let side, parameters, things: Int?
        }
        let models = try JSONDecoder().decode([Model].self, from: Data(outcome.output.utf8))
        let small = try #require(models.first { $0.name == "pinxit-small" })
        #expect(small.kind == "latent diffusion" && small.side == 128 && small.things == 134)
        #expect(models.first { $0.name == "pinxit-gan" }?.side == 64)
        let one = try Program.run(["models", Fixture.path("tiny-sd1")], in: scratch.path)
        #expect(one.status == 0 && one.output.contains("latent diffusion"), "\(one.errors)")
    }

    @Test("The manual names every command and the option of every request")
    func manual() throws {
        let scratch = try Scratch()
        let page = try Program.run(["manual"], in: scratch.path).output
        for words in [".TH PINXIT 1", "PINXIT CLIP SEARCH", "\\-\\-cfg\\-scale", "PINXIT_MODEL"] {
            #expect(page.contains(words), "\(words)")
        }
    }
}

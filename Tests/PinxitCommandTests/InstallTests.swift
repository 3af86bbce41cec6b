import Foundation
import PinxitTestSupport
import Testing

/// `scripts/install`, as far as it needs no build.
@Suite struct InstallTests {
    @Test("What is taken away is what was installed: pictures and models of one's own stay")
    func removes() throws {
        let scratch = try Scratch()
        let own = ["share/pinxit/jobs.sqlite", "share/pinxit/Models/mine/model_index.json"]
        let installed = [
            "bin/pinxit", "share/pinxit/Models/pinxit-small/words.json",
            "share/pinxit/Recipes/clip.json",
        ]
        for file in own + installed {
            try FileManager.default.createDirectory(
                atPath: scratch.path + "/" + (file as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try scratch.write(Data(), to: file)
        }
        let script = Fixture.path("../../scripts/install")
        for _ in 0..<2 {
            let outcome = try Program.run(
                [script, "--remove"], in: scratch.path, environment: ["PREFIX": scratch.path],
                executable: "/bin/bash")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(scratch.files == own.sorted())
        }
    }
}

import Foundation
import Pinxit
import PinxitTestSupport
import PinxitTokenizers
import Testing

/// What cannot come right is said before and after painting.
@Suite struct WarningTests {
    @Test("A size far from the model's is named with what it learnt")
    func size() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        func warnings(_ width: Int, _ height: Int) throws -> [String] {
            painter.warnings(
                about: try painter.resolved(
                    PaintRequest(prompt: "x", width: width, height: height)))
        }
        #expect(try warnings(32, 48) == [])
        let far = try warnings(32, 52)
        #expect(far.count == 1)
        #expect(far[0].contains("trained at 32x32; at 32x52"), "\(far)")
        var request = PaintRequest(prompt: "x", width: 20, height: 20, seed: 1)
        request.diffusion.steps = 1
        let painting = try await painter.paint(request)
        #expect(painting.warnings.contains { $0.contains("at 20x20") }, "\(painting.warnings)")
    }

    @Test("A second pass far larger than the model's size is named")
    func secondSize() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        func warnings(_ scale: Double) throws -> [String] {
            var request = PaintRequest(prompt: "x")
            request.diffusion.hires.scale = scale
            return painter.warnings(about: try painter.resolved(request))
        }
        #expect(try warnings(3) == [])
        let far = try warnings(4)
        #expect(far.count == 1)
        #expect(far[0].contains("trained at 32x32; the second pass at 128x128"), "\(far)")
    }

    @Test("Words the model has never been shown are named")
    func words() async throws {
        let folder = NSTemporaryDirectory() + "pinxit-words-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-pinxit"), toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var words = LearntWords()
        words.english.words = ["red", "apple"]
        try words.write(to: folder)
        let painter = try await Painter(folder: folder)
        func warnings(_ prompt: String) throws -> [String] {
            painter.warnings(about: try painter.resolved(PaintRequest(prompt: prompt)))
        }
        #expect(try warnings("a red apple") == [])
        let found = try warnings("a sunset over the ocean")
        #expect(found.count == 1 && found[0].contains("\"sunset\", \"ocean\""), "\(found)")
    }

    @Test("Weights that are read as words are named")
    func weights() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        func warnings(_ prompt: String, _ emphasis: Emphasis? = nil) throws -> [String] {
            var request = PaintRequest(prompt: prompt)
            request.diffusion.text.emphasis = emphasis
            return painter.warnings(about: try painter.resolved(request))
        }
        #expect(
            try warnings("a (red:1.3) apple", .off) == [
                "(red:1.3) is read as words; emphasis a1111 reads it as a weight"
            ])
        #expect(try warnings("a (red:1.3) apple", .a1111) == [])
        #expect(try warnings("a (red) apple at 3:15 (nice: yes)", .off) == [])
    }

    @Test("A schedule that came with a label is passed over where the model has its own")
    func schedule() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = PaintRequest(prompt: "x", seed: 1)
        request.diffusion.steps = 2
        let own = try await painter.paint(request)
        request.diffusion.schedule = .karras
        request.diffusion.scheduleOptional = true
        let passed = try await painter.paint(request)
        #expect(passed.warnings.contains { $0.hasPrefix("schedule karras is passed over") })
        #expect(passed.pictures[0].picture == own.pictures[0].picture)
        // What is asked for itself is done, as diffusers does it for flows, or refused.
        request.diffusion.scheduleOptional = nil
        let asked = try await painter.paint(request)
        #expect(asked.pictures[0].picture != own.pictures[0].picture && asked.warnings.isEmpty)
        request.diffusion.schedule = .simple
        let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
        #expect("\(String(describing: error))".contains("normal, karras, exponential"))
    }

    @Test("A sampler without curves takes the spacing that is near")
    func spacing() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = PaintRequest(prompt: "x", seed: 1)
        request.diffusion.sampler = .ddim
        request.diffusion.schedule = .sgmUniform
        #expect(throws: PaintError.self) { try painter.resolved(request) }
        request.diffusion.scheduleOptional = true
        let settings = try painter.diffusionSettings(request)
        #expect(settings.spacing == .trailing && settings.schedule == nil)
        #expect(settings.passedOver == .sgmUniform)
    }
}

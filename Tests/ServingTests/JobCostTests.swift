import Pinxit
import PinxitImages
import Testing

@testable import PinxitServing

/// What requests cost those whose share is bounded.
@Suite struct JobCostTests {
    private static let picture = Picture(width: 8, height: 8, color: [1, 2, 3])

    /// In steps of a picture of 10x10 pixels.
    private func steps(
        _ controls: [ControlKind] = [], _ change: (inout PaintRequest) -> Void = { _ in }
    ) -> Double {
        var request = PaintRequest(prompt: "a cat", width: 10, height: 10)
        request.diffusion.steps = 20
        change(&request)
        let cost = JobCost(request: request, side: 64, usualSteps: 30, controls: controls)
        return cost.pixelSteps / 100
    }

    @Test("Pixels, steps and pictures are multiplied, and what is not said is the model's")
    func plain() {
        #expect(steps() == 20)
        #expect(steps { $0.count = 3 } == 60)
        #expect(steps { ($0.count, $0.tokens.candidates) = (3, 4) } == 240)
        #expect(steps { $0.diffusion.steps = nil } == 30)
        #expect(steps { ($0.width, $0.height) = (nil, nil) } == 20 * 64 * 64 / 100.0)
    }

    @Test("A picture that is changed has its own shape where one side is asked for, or none")
    func shapes() {
        let wide = PaintSource.image(Picture(width: 320, height: 80, color: [1, 2, 3]))
        func pixels(_ source: PaintSource, _ width: Int?, _ height: Int?) -> Double {
            steps { ($0.source, $0.width, $0.height) = (source, width, height) } * 100 / 20
        }
        #expect(pixels(wide, 40, nil) == 40 * 10)
        #expect(pixels(wide, nil, 40) == 160 * 40)
        #expect(pixels(wide, 40, 40) == 40 * 40)
        #expect(pixels(wide, nil, nil) == 128 * 32)
        let mask = Picture(width: 320, height: 80, color: [255])
        let part = PaintSource.inpaint(mask.rgb(), Mask(mask, padding: 8))
        #expect(pixels(part, 40, nil) == 40 * 4096)
        #expect(pixels(part, nil, nil) == 96 * 96)
    }

    @Test("A second pass costs its own steps at its own size")
    func secondPass() {
        #expect(steps { $0.diffusion.hires.scale = 2 } == 20 + 80)
        #expect(steps { ($0.diffusion.hires.scale, $0.diffusion.hires.steps) = (2, 5) } == 20 + 20)
    }

    @Test("ControlNets cost half a step where they are asked, T2I-Adapters nothing a step")
    func networks() {
        let all: (inout PaintRequest) -> Void = {
            $0.diffusion.controls = [
                Control(Self.picture), Control(Self.picture, part: 0.25...0.75),
            ]
        }
        #expect(steps([.controlNet, .controlNet], all) == 20 * 1.75)
        #expect(steps([.t2iAdapter, .controlNet], all) == 20 * 1.25)
        #expect(
            steps([.controlNet, .controlNet]) {
                all(&$0)
                $0.diffusion.hires.scale = 2
            } == 100 * 1.75)
    }

    @Test("What is looked at once is counted once, another sentence's picture as one more")
    func others() {
        #expect(
            steps {
                $0.diffusion.imagePrompt.picture = Self.picture
                $0.count = 2
            } == 41)
        #expect(steps { $0.diffusion.layout.sentence = "a dog" } == 40)
        #expect(
            steps { $0.source = .inpaint(Self.picture, Mask(area: .words("the cat"))) } == 22)
    }

    @Test("The noise of pictures that are varied or blended costs as one more picture each")
    func noiseOfPictures() {
        #expect(steps { ($0.source, $0.count) = (.variation(Self.picture, amount: 0.5), 4) } == 100)
        #expect(steps { $0.source = .variation(Self.picture, amount: 1) } == 20)
        #expect(
            steps { $0.source = .blend(Self.picture, Self.picture, at: [0, 0.5, 1]) } == 100)
    }
}

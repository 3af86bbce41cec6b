import Foundation
import PinxitAutograd
import PinxitTensors
import Testing

@testable import PinxitTraining

@Suite struct AdversarialLossTests {
    private let real: [Float] = [1.5, -0.5, 0]
    private let fake: [Float] = [-1, 0.25, 3]
    private let wrong: [Float] = [0.5, -2, 1]

    private func sp(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

    /// The formulas, written with numbers.
    private func expected(_ loss: AdversarialLoss) -> (discriminator: Double, generator: Double) {
        let (w, n) = (0.5, 3.0)
        var (d, g) = (0.0, 0.0)
        for i in 0..<3 {
            let (r, f, m) = (Double(real[i]), Double(fake[i]), Double(wrong[i]))
            switch loss {
            case .minimax:
                d += (sp(-r) + (sp(f) + w * sp(m)) / (1 + w)) / n
                g += log(1 - 1 / (1 + exp(-f))) / n
            case .nonSaturating:
                d += (sp(-r) + (sp(f) + w * sp(m)) / (1 + w)) / n
                g += sp(-f) / n
            case .hinge:
                d += (max(0, 1 - r) + (max(0, 1 + f) + w * max(0, 1 + m)) / (1 + w)) / n
                g -= f / n
            case .relativistic:
                d += (sp(f - r) + w * sp(m - r)) / n
                g += sp(r - f) / n
            }
        }
        return (d, g)
    }

    @Test(arguments: AdversarialLoss.allCases)
    func isItsFormula(_ loss: AdversarialLoss) async {
        await Engine.run {
            let (d, g) = expected(loss)
            let found = loss.discriminator(
                real: Tensor(real), fake: Tensor(fake), mismatched: Tensor(wrong), weight: 0.5)
            #expect(abs(Double(found.item) - d) < 1e-5)
            let generator = loss.generator(fake: Tensor(fake)) { Tensor(real) }
            #expect(abs(Double(generator.item) - g) < 1e-5)
        }
    }

    /// How strongly the generator is pulled where the discriminator is sure that its picture is a
    /// fake.
    private func pull(_ loss: AdversarialLoss, at verdict: Float) -> Float {
        let fake = Tensor([verdict]).tracked()
        let value = loss.generator(fake: fake) { Tensor([Float(8)]) }
        return abs(gradients(of: value, withRespectTo: [fake])[0]!.item)
    }

    /// With D(x) = σ(v), minimax pulls with σ(v): e⁻⁸ at v = -8, when the others pull with one.
    @Test func minimaxSaturates() async {
        await Engine.run {
            #expect(abs(pull(.minimax, at: -8) - 3.3535e-4) < 1e-7)
            for loss in [AdversarialLoss.nonSaturating, .hinge, .relativistic] {
                #expect(pull(loss, at: -8) > 0.999)
            }
            #expect(pull(.minimax, at: 8) > 0.999)
        }
    }

    /// Verdicts that are all equal, as of an untrained discriminator, still teach both.
    @Test func equalVerdictsHaveAGradient() async {
        await Engine.run {
            let fake = Tensor([Float](repeating: 0, count: 2)).tracked()
            let zeros = Tensor.zeros([2])
            let loss = AdversarialLoss.relativistic.generator(fake: fake) { zeros }
            let gradient = gradients(of: loss, withRespectTo: [fake])[0]!.floats
            #expect(gradient.allSatisfy { abs($0 + 0.25) < 1e-6 })
        }
    }
}

import Foundation
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitTraining

/// The steps of a distilled flow, and the teacher's within them.
@Suite struct FlowSegmentTests {
    private func segments(shift: Double = 1, _ teacherSteps: [Int]) throws -> [FlowSegment] {
        let sampling = UsualSampling(
            steps: teacherSteps.count, guidanceScale: 1,
            scheduler: DiffusersFiles.flowScheduler(order: 1, shift: shift))
        return FlowSegment.all(
            try sampling.schedulerConfiguration(), teacherSteps: teacherSteps)
    }

    @Test("They are the steps of the written scheduler, one behind the other, told in whole steps")
    func levels() throws {
        let found = try segments([6, 2, 2, 2])
        #expect(found.map(\.step.timestep) == [999, 749, 499, 249])
        for (segment, sigma) in zip(found, [0.999, 0.74925, 0.4995, 0.24975]) {
            #expect(abs(segment.step.from.sigma - sigma) < 1e-6)
        }
        for (segment, next) in zip(found, found.dropFirst()) {
            #expect(segment.step.to == next.step.from)
            #expect(segment.walk.steps.last?.to.sigma == next.step.from.sigma)
        }
        #expect(found[3].step.to.sigma == 0)
        #expect(found.map(\.walk.steps.count) == [6, 2, 2, 2])
        #expect(found.map { $0.step.order } == [1, 1, 1, 1])
    }

    @Test("A shift moves the steps to more noise")
    func shift() throws {
        let found = try segments(shift: 3, [1, 1, 1, 1])
        let plain = [0.999, 0.74925, 0.4995, 0.24975]
        for (segment, sigma) in zip(found, plain) {
            #expect(abs(segment.step.from.sigma - 3 * sigma / (1 + 2 * sigma)) < 1e-6)
        }
        #expect(found[1].step.timestep == 899)
    }

    /// With v(x, t) = x a step of Euler's and one of DPM++ 2M are a few lines.
    @Test("A teacher's walk of two steps is what can be worked out by hand")
    func walk() async throws {
        let segment = try segments([6, 2, 2, 2])[1]
        await Engine.run {
            let start = Tensor([1, -2, 0.5, 4], shape: [1, 1, 1, 4])
            var told: [Float] = []
            let end = try? segment.walk.sample(
                start,
                denoise: denoiser(.flow) { x, timestep in
                    told.append(timestep)
                    return x
                })
            let (s0, s2) = (segment.step.from.sigma, segment.step.to.sigma)
            let s1 = (s0 + s2) / 2
            func ratio(_ s: Double) -> Double { log((1 - s) / s) }
            for (x, found) in zip(start.floats, end?.floats ?? []) {
                let x0 = Double(x)
                let x1 = x0 - (s0 - s1) * x0
                let (clean0, clean1) = (x0 * (1 - s0), x1 * (1 - s1))
                let r = (ratio(s1) - ratio(s0)) / (ratio(s2) - ratio(s1))
                let guess = clean1 + (clean1 - clean0) / (2 * r)
                let x2 = s2 / s1 * x1 + ((1 - s2) - s2 / s1 * (1 - s1)) * guess
                #expect(abs(Double(found) - x2) < 1e-5 * abs(x2))
            }
            #expect(end != nil)
            for (found, sigma) in zip(told, [s0, s1]) {
                #expect(abs(found - Float(1000 * sigma)) < 1e-3)
            }
        }
    }

    @Test("From anywhere on the way, the way's velocity leads to the segment's end")
    func points() async throws {
        let segment = try segments([1, 1, 1, 1])[2]
        await Engine.run {
            let start = Tensor([1, -2, 3, 0.5, 0, 7], shape: [3, 1, 1, 2])
            let end = Tensor([0, 1, 1, 1, 2, -5], shape: [3, 1, 1, 2])
            let points = segment.points([0, 0.25, 0.5], from: start, to: end)
            let velocity = (start - end) * (1 / segment.length)
            #expect(largestDifference(points.end(along: velocity), end) < 1e-5)
            #expect(points.timesteps[0] == 499)
            #expect(abs(points.timesteps[2] - 374.625) < 1e-2)
            #expect(Array(points.x.floats.prefix(2)) == [1, -2])
        }
    }
}

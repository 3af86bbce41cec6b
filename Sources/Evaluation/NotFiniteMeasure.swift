import FoundationEssentials
import PinxitImages

/// A measure that would be made of numbers that are not finite, and so would say nothing.
public struct NotFiniteMeasure: Error, Equatable, CustomStringConvertible {
    /// What was to be measured, such as `KID`.
    public let measure: String
    /// What is not finite.
    public let cause: String

    /// - Parameters:
    ///   - measure: What was to be measured.
    ///   - cause: What is not finite, such as `the distances between pictures`.
    public init(_ measure: String, cause: String) {
        (self.measure, self.cause) = (measure, cause)
    }

    /// The measure and what is not finite, in one line.
    public var description: String {
        "\(measure): not measured, for of \(cause) some are not finite numbers"
    }
}

extension NotFiniteMeasure: LocalizedError {
    public var errorDescription: String? { description }
}

/// An embedder whose rows are finite.
struct FiniteEmbedder: Embedder {
    let embedder: any Embedder

    /// - Throws: ``NotFiniteMeasure``; what the embedder throws.
    func embed(pictures: [Picture]) async throws -> [[Float]] {
        try checked(try await embedder.embed(pictures: pictures), for: "KID", of: "pictures")
    }

    /// - Throws: ``NotFiniteMeasure``; what the embedder throws.
    func embed(texts: [String]) async throws -> [[Float]] {
        try checked(try await embedder.embed(texts: texts), for: "R-precision", of: "captions")
    }

    private func checked(
        _ rows: [[Float]], for measure: String, of what: String
    ) throws(NotFiniteMeasure) -> [[Float]] {
        guard rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
            throw NotFiniteMeasure(measure, cause: "the evaluator's embeddings of \(what)")
        }
        return rows
    }
}

extension Findings {
    /// - Throws: ``NotFiniteMeasure`` for the first figure that is no finite number.
    func checkFinite() throws(NotFiniteMeasure) {
        let distances = [
            kernelDistance, kernelDistanceFloors?.real, kernelDistanceFloors?.trainingHalves,
            kernelDistanceFloors?.heldOut,
        ].compactMap { $0 }
        let varieties = [
            diversity?.withinPrompts, diversity?.realWithinPrompts, diversity?.acrossPrompts,
            diversity?.realAcrossPrompts,
        ].compactMap { $0 }
        for (measure, figures) in [
            ("KID", distances.flatMap { [$0.mean, $0.deviation] }), ("diversity", varieties),
            ("memorisation", memorisations.flatMap { $0.painted + $0.real }),
        ] where !figures.allSatisfy(\.isFinite) {
            throw NotFiniteMeasure(measure, cause: "the distances between pictures")
        }
    }
}

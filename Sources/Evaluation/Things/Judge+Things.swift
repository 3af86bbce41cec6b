import PinxitDatasets

extension Judge {
    /// Renderings of every thing of a vocabulary, plain and in its own colours, against which a
    /// picture of one is held.
    ///
    /// - Parameter size: Of the pictures that are compared, in pixels.
    func things(_ vocabulary: [VocabularyEntry], size: Int) -> References {
        let specs = vocabulary.map { PictureSpec.plain($0.key, jitter: 1) }
        return references(specs, [Attribute.object.metric], size: size)[0]
    }
}

extension [Float] {
    /// The place of the distance at an index among all, from 1: what is as near counts as nearer.
    /// Nil where it is not finite.
    func rank(of index: Int) -> Int? {
        self[index].isFinite ? count { $0 <= self[index] } : nil
    }
}

extension PictureSpec {
    /// One thing alone on white, in its own colours.
    ///
    /// - Parameter key: Its `VocabularyEntry.key`.
    static func plain(_ key: String, jitter: UInt64 = 0) -> PictureSpec {
        PictureSpec(layout: .single, parts: [.init(object: key)], jitter: jitter)
    }
}

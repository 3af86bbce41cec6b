import PinxitImages

extension PictureExplanation {
    /// What explains a picture of a GAN beside its words. It has no steps and no guidance, and its
    /// pixels look at no words: a sentence is in every layer as a whole. So it is asked what it
    /// paints of something else, and what its self-attention looks at.
    public struct GAN: Sendable {
        /// Of each level with self-attention, the smallest first.
        public let looks: [Look]
        /// Ways through the noise to this picture and from it; none where a truncation of 0 leaves
        /// no noise.
        public let walks: [Walk]
        /// What decided: the words or chance.
        public let changes: Changes
    }

    /// What the parts of a picture took of the picture itself, at a level with self-attention.
    public struct Look: Sendable {
        /// Of the level, in cells.
        public let side: Int
        /// Parts along each side of the picture.
        public let columns: Int
        /// For each part, row by row from the top left, how much it took of each cell: the mean
        /// over heads and the part's own cells. The sum of each is 1.
        public let maps: [HeatMap]
    }

    /// Pictures of one sentence on a way through the noise.
    public struct Walk: Sendable {
        /// Where a way leads.
        public enum Kind: String, Sendable {
            /// From no noise to this picture's; places are truncations.
            case truncation
            /// On an arc from this picture's noise, 0, to that of the next seed, 1.
            case seed
        }

        /// Where it leads.
        public let kind: Kind
        /// Of each picture.
        public let places: [Double]
        /// As many.
        public let pictures: [Picture]
    }

    /// By how many of 255 levels a pixel changes, in the mean over eight other pictures.
    public struct Changes: Sendable {
        /// With another sentence and the same noise.
        public let words: Double
        /// With another seed and the same sentence.
        public let chance: Double
    }
}

/// What a picture was taken for, and how surely.
struct Verdict: Sendable, Hashable {
    /// The nearest choice; nil where the picture shows nothing or two are equally near.
    var choice: Int?
    /// The nearest of the wrong choices; nil where the picture shows nothing.
    var rival: Int?
    /// How far the picture lies from what was asked, beside how far from the nearest wrong choice:
    /// their difference over their sum, from -1 (just as asked) over 0 (as near to the one as to
    /// the other) to 1 (just the other). 1 too where the picture shows nothing.
    var against: Double

    /// Of a picture that shows nothing.
    static let nothing = Verdict(choice: nil, rival: nil, against: 1)

    private init(choice: Int?, rival: Int?, against: Double) {
        (self.choice, self.rival, self.against) = (choice, rival, against)
    }

    /// - Parameter squaredDistances: To each choice, the right one first; infinite where it cannot
    ///   be measured.
    init(squaredDistances: [Float]) {
        let distances = squaredDistances.map { Double($0).squareRoot() }
        guard let least = distances.min(), least.isFinite else {
            self = .nothing
            return
        }
        choice =
            distances.count(where: { $0 == least }) == 1 ? distances.firstIndex(of: least) : nil
        rival = distances.indices.dropFirst().filter { distances[$0].isFinite }
            .min { distances[$0] < distances[$1] }
        let (asked, other) = (distances[0], rival.map { distances[$0] } ?? .infinity)
        against =
            !asked.isFinite
            ? 1 : !other.isFinite ? -1 : asked + other > 0 ? (asked - other) / (asked + other) : 0
    }
}

import PinxitTensors

/// How much pictures differ from one another: within one prompt, where only the noise tells them
/// apart, and from prompt to prompt. A generator that has collapsed paints the same again and
/// again, which no loss shows.
struct Spread {
    /// Mean distances of pairs of pictures: the root of the mean square difference of their numbers
    /// in [-1, 1].
    let within: Float
    let across: Float

    /// - Parameter pictures: `[prompts · each, side, side, 3]`, those of one prompt in a row.
    init(of pictures: Tensor, each: Int) {
        let count = pictures.shape[0]
        let rows = pictures.detached.reshaped([count, -1])
        let products = matmul(rows, rows, transposeB: true).floats
        func distance(_ a: Int, _ b: Int) -> Float {
            let square =
                products[a * count + a] + products[b * count + b] - 2 * products[a * count + b]
            return (max(0, square) / Float(rows.shape[1])).squareRoot()
        }
        var sums: (within: Float, across: Float) = (0, 0)
        var counts: (within: Float, across: Float) = (0, 0)
        for a in 0..<count {
            for b in 0..<a {
                if a / each == b / each {
                    (sums.within, counts.within) = (sums.within + distance(a, b), counts.within + 1)
                } else {
                    (sums.across, counts.across) = (sums.across + distance(a, b), counts.across + 1)
                }
            }
        }
        within = sums.within / max(counts.within, 1)
        across = sums.across / max(counts.across, 1)
    }

    /// What to tell about generated pictures beside those of real ones.
    func verdict(against real: Spread) -> String {
        func share(_ a: Float, _ b: Float) -> Float { b > 0 ? a / b : 1 }
        let (inside, between) = (share(within, real.within), share(across, real.across))
        var text =
            "pictures of one prompt differ \(Self.percent(inside)) as much as real ones, those of "
            + "different prompts \(Self.percent(between))"
        if between < Self.leastAcross {
            text += "; it hardly listens to the prompt: collapsed, or not yet begun"
        } else if inside < Self.leastWithin {
            text += "; it hardly listens to the noise: one picture a prompt"
        }
        return text
    }

    /// What to tell where there are no real pictures to compare with.
    var words: String {
        "pictures of one prompt differ by \(Progress.rounded(within)), those of different prompts by "
            + "\(Progress.rounded(across))"
    }

    /// Below these shares of the real pictures' it is called a collapse.
    static let leastWithin: Float = 0.2
    static let leastAcross: Float = 0.5

    private static func percent(_ share: Float) -> String {
        "\(Int((share * 100).rounded())) %"
    }
}

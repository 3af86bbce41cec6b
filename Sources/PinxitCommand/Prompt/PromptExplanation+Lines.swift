import Pinxit
import PinxitCLIP
import PinxitTokenizers

/// For people.
extension PromptExplanation {
    func lines(loras: [LoRATag]) -> [String] {
        let skipped = reading.clipSkip > 0 ? ", clip skip \(reading.clipSkip)" : ""
        var lines = [
            "\(model) reads it as: emphasis \(reading.emphasis.rawValue), long prompts "
                + "\(reading.longPrompts.rawValue)\(skipped)"
        ]
        for tag in loras { lines.append("LoRA \(tag.name), weight \(decimal(tag.weight, 3))") }
        for text in texts { lines += text.lines(isAlone: texts.count == 1) }
        lines += brokenWords
        for word in unlearnt ?? [] {
            lines.append(
                "not learnt: \(word.word)"
                    + (word.nearest.isEmpty
                        ? "" : "; nearest: \(word.nearest.joined(separator: ", "))"))
        }
        return lines
    }

    /// Each word of several pieces once.
    private var brokenWords: [String] {
        var lines: [String] = []
        for word in texts.flatMap(\.encodings).flatMap(\.words) where word.pieces.count > 1 {
            let line =
                "\(word.text): \(word.pieces.count) pieces, \(word.pieces.joined(separator: " "))"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines
    }
}

extension PromptExplanation.Text {
    fileprivate func lines(isAlone: Bool) -> [String] {
        var lines: [String] = []
        if !isAlone {
            let amount = weight == 1 ? "" : ", times \(decimal(weight, 3))"
            lines.append("steps \(ranges(steps))\(amount): \"\(text)\"")
        }
        var told: [[PromptExplanation.Chunk]] = []
        for encoding in encodings {
            // Two encoders of one vocabulary are told once.
            guard !told.contains(where: { $0.map(\.tokens) == encoding.chunks.map(\.tokens) })
            else { continue }
            told.append(encoding.chunks)
            lines += encoding.lines(isAlone: encodings.count == 1)
        }
        return lines
    }

    /// `1-4, 6` of numbers in their order.
    private func ranges(_ numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        .joined(separator: ", ")
    }
}

extension PromptExplanation.Encoding {
    fileprivate func lines(isAlone: Bool) -> [String] {
        var lines: [String] = []
        for (number, chunk) in chunks.enumerated() {
            let name = (isAlone ? "" : "\(tokenizer), ") + "chunk \(number + 1) of \(chunks.count)"
            lines.append("\(name): \(chunk.tokens.count) of \(room) tokens")
            for token in chunk.tokens {
                let weight = token.weight == 1 ? "" : "  x\(decimal(token.weight, 3))"
                lines.append("\("\(token.id)".padded(-8))  \(token.symbol)\(weight)")
            }
        }
        if !leftOut.isEmpty { lines.append("left out: \(leftOut)") }
        return lines
    }
}

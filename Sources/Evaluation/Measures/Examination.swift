import PinxitDatasets
import PinxitImages
import PinxitTensors

/// Judges the painted pictures of a questionnaire.
struct Examination {
    let questionnaire: Questionnaire
    let pictures: [Picture]
    /// One for each twin.
    var twins: [Picture] = []
    let judge: Judge
    let captions: Captions

    /// The answers to one question.
    private struct Marks: Sendable {
        var verdict: Verdict
        /// Nil where the picture has no twin.
        var twin: Verdict?
        var byPixels: Int?
        var real: Int?
        var noise: Int?

        var painted: Int? { verdict.choice }
    }

    func run() -> (
        findings: [Finding], answers: [Answer], languages: [LanguageComparison]
    ) {
        let questions = questionnaire.questions
        let twins = Dictionary(
            zip(questionnaire.twins.map(\.item), twins), uniquingKeysWith: { first, _ in first })
        let marks = inParallel(questions.count) {
            mark(questions[$0], index: $0, twin: twins[questions[$0].item])
        }
        var findings: [Finding] = []
        for attribute in Attribute.allCases {
            for isHeldOut in [false, true] {
                let own = questions.indices.filter {
                    questions[$0].attribute == attribute
                        && questionnaire.items[questions[$0].item].isHeldOut == isHeldOut
                }
                if own.isEmpty { continue }
                findings.append(finding(attribute, isHeldOut, own, marks))
            }
        }
        return (
            findings, questions.indices.map { answer(questions[$0], marks[$0].verdict) },
            Attribute.allCases.compactMap { languages($0, marks) }
        )
    }

    private func mark(_ question: Question, index: Int, twin: Picture?) -> Marks {
        let picture = pictures[question.item]
        let size = picture.width
        let references = judge.references(
            question.choices, [question.attribute.metric, .pixels], size: size)
        let real = judge.composer.render(question.choices[0], size: size)
        let noise = Picture.noise(side: size, seed: UInt64(index))
        return Marks(
            verdict: references[0].verdict(picture), twin: twin.map(references[0].verdict),
            byPixels: references[1].answer(picture),
            real: references[0].answer(real), noise: references[0].answer(noise))
    }

    private func finding(
        _ attribute: Attribute, _ isHeldOut: Bool, _ own: [Int], _ marks: [Marks]
    ) -> Finding {
        func right(_ indices: [Int], _ mark: (Marks) -> Int?) -> Proportion {
            Proportion(
                right: indices.count { mark(marks[$0]) == 0 }, count: indices.count)
        }
        let questions = questionnaire.questions
        let languages = Dictionary(grouping: own) {
            questionnaire.items[questions[$0].item].language
        }
        return Finding(
            attribute: attribute, isHeldOut: isHeldOut, painted: right(own, \.painted),
            paintedByPixels: right(own, \.byPixels), real: right(own, \.real),
            noise: right(own, \.noise),
            chance: attribute.chance(own.map { questions[$0] }, captions),
            unanswered: own.count { marks[$0].painted == nil },
            byLanguage: languages.mapValues { right($0, \.painted) })
    }

    /// - Returns: nil where no picture was painted in both languages.
    private func languages(_ attribute: Attribute, _ marks: [Marks]) -> LanguageComparison? {
        let answers = zip(questionnaire.questions, marks).compactMap {
            question, marks -> (english: Bool, chinese: Bool)? in
            guard question.attribute == attribute, let twin = marks.twin else { return nil }
            let (own, other) = (marks.painted == 0, twin.choice == 0)
            return questionnaire.items[question.item].language == .english
                ? (own, other) : (other, own)
        }
        return answers.isEmpty ? nil : LanguageComparison(attribute: attribute, answers: answers)
    }

    private func answer(_ question: Question, _ verdict: Verdict) -> Answer {
        func words(_ index: Int) -> String {
            question.attribute.value(of: question.choices[index], captions)
        }
        return Answer(
            question: question, asked: words(0), seen: verdict.choice.map(words),
            isRight: verdict.choice == 0, rival: verdict.rival, against: verdict.against)
    }
}

extension Picture {
    /// Independent uniform pixels.
    static func noise(side: Int, seed: UInt64) -> Picture {
        var random = SplitMix64(seed: seed)
        let pixels = (0..<side * side * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return Picture(width: side, height: side, channels: 3, pixels: pixels)
    }
}

import PinxitDatasets
import PinxitImages

/// A picture to be painted from one or two pictures, without words.
public struct PictureOrder: Sendable {
    /// One to vary, or two to blend, RGB.
    public var pictures: [Picture]
    /// The second's share in a blend, from 0 to 1.
    public var share: Double
    /// Of the noise the picture starts from.
    public var seed: UInt32
}

/// What a model painted from pictures, RGB.
public struct PicturePaintings: Sendable {
    /// One for each variation asked.
    public var variations: [Picture]
    /// One for each blend asked.
    public var blends: [Picture]
}

/// What is right about one attribute of pictures painted from pictures.
public struct PictureFinding: Sendable, Hashable {
    /// Variations show what the picture shows; blends, of which a quarter is another picture, are
    /// asked for the object of the nearer one, the other's among the ten.
    public enum Kind: String, Sendable { case vary, blend }

    /// How the pictures were painted.
    public var kind: Kind
    /// What was asked.
    public var attribute: Attribute
    /// Of trained and held-out combinations together.
    public var painted: Proportion
    /// Real renderings in place of the painted pictures.
    public var real: Proportion
    /// The best a model can get that ignores the picture.
    public var chance: Double
}

extension Evaluator {
    /// The second picture's share in blends, and in those of the same two the other way round.
    private static let blendShare = 0.25

    /// What variations are asked: the same as pictures painted from the same words.
    var variationQuestions: Questionnaire {
        var result = Questionnaire()
        for attribute in Attribute.allCases {
            for item in varied(attribute) {
                result.add(
                    questionnaire.items[item], questionnaire.questions.filter { $0.item == item })
            }
        }
        return result
    }

    /// The items of an attribute whose pictures are varied: of each of its values as many, trained
    /// and held out.
    private func varied(_ attribute: Attribute) -> [Int] {
        let own = questionnaire.items(paintedFor: attribute)
        let wanted = configuration.variedPictures
        let captions = Captions(library.vocabulary)
        let groups = Dictionary(grouping: own) { place in
            let item = questionnaire.items[place]
            return "\(item.isHeldOut)|\(attribute.value(of: item.spec, captions))"
        }.sorted { $0.key < $1.key }.map(\.value)
        // Of more values than are wanted, such as things, any.
        guard groups.count <= wanted else { return evenly(wanted, of: own.count).map { own[$0] } }
        let longest = groups.map(\.count).max() ?? 0
        let rounds = (0..<longest).flatMap { round in
            groups.compactMap { round < $0.count ? $0[round] : nil }
        }
        return rounds.prefix(wanted).sorted()
    }

    /// Two items for each pair: each is once the nearer one.
    var blendQuestions: Questionnaire {
        let own = questionnaire.items(paintedFor: .object)
        var result = Questionnaire()
        for pair in 0..<min(configuration.blendedPairs, own.count / 2) {
            let both = [own[2 * pair], own[2 * pair + 1]]
            for (near, far) in [(both[0], both[1]), (both[1], both[0])] {
                let other = questionnaire.items[far].spec.parts[0].object
                let asked = questionnaire.questions.filter { $0.item == near }.map { question in
                    var question = question
                    let isOffered = question.choices.contains { $0.parts[0].object == other }
                    if !isOffered, let last = question.choices.indices.last, last > 0 {
                        question.choices[last].parts[0].object = other
                    }
                    return question
                }
                result.add(questionnaire.items[near], asked)
            }
        }
        return result
    }

    /// Pictures that a model paints from pictures.
    public var pictureOrderCount: Int {
        variationQuestions.items.count + blendQuestions.items.count
    }

    /// Paints variations and blends of real pictures.
    ///
    /// - Parameters:
    ///   - onProgress: called with the pictures painted so far.
    ///   - paint: paints one picture of an order.
    public func picturePaintings(
        onProgress: (Int) -> Void = { _ in }, paint: (PictureOrder) async throws -> Picture
    ) async throws -> PicturePaintings {
        let composer = Composer(library: library, split: .everything)
        func real(_ item: Item) -> Picture { composer.render(item.spec, size: pictureSize) }
        let blended = blendQuestions.items
        let orders =
            variationQuestions.items.map {
                PictureOrder(pictures: [real($0)], share: 0, seed: $0.order.seed)
            }
            + blended.indices.map { index in
                // Both of a pair stand side by side.
                PictureOrder(
                    pictures: [real(blended[index]), real(blended[index ^ 1])],
                    share: Self.blendShare, seed: blended[index].order.seed)
            }
        var pictures: [Picture] = []
        for order in orders {
            pictures.append(try await paint(order).rgb())
            onProgress(pictures.count)
        }
        return PicturePaintings(
            variations: Array(pictures.dropLast(blended.count)),
            blends: Array(pictures.suffix(blended.count)))
    }

    /// Judges variations and blends.
    func findings(_ paintings: PicturePaintings, _ reference: Reference) -> [PictureFinding] {
        [
            (PictureFinding.Kind.vary, variationQuestions, paintings.variations),
            (.blend, blendQuestions, paintings.blends),
        ].flatMap { kind, questions, pictures -> [PictureFinding] in
            let found = Examination(
                questionnaire: questions, pictures: pictures.map(reference.compared),
                judge: reference.judge, captions: reference.composer.captions
            ).run().findings
            return Attribute.allCases.compactMap { attribute -> PictureFinding? in
                let own = found.filter { $0.attribute == attribute }
                let asked = questions.questions.filter { $0.attribute == attribute }
                guard !asked.isEmpty else { return nil }
                return PictureFinding(
                    kind: kind, attribute: attribute, painted: sum(own.map(\.painted)),
                    real: sum(own.map(\.real)),
                    chance: attribute.chance(asked, reference.composer.captions))
            }
        }
    }

    private func sum(_ shares: [Proportion]) -> Proportion {
        shares.reduce(Proportion(right: 0, count: 0)) {
            Proportion(right: $0.right + $1.right, count: $0.count + $1.count)
        }
    }
}

extension Questionnaire {
    fileprivate mutating func add(_ item: Item, _ asked: [Question]) {
        items.append(item)
        for var question in asked {
            question.item = items.count - 1
            questions.append(question)
        }
    }
}

import Pinxit

extension PaintSource {
    /// What a model must be able to do to paint from it.
    var ability: ModelAbility {
        switch self {
        case .text, .image, .inpaint: .text
        case .variation, .blend: .pictures
        case .interpolation: .interpolation
        }
    }
}

extension PaintRequest {
    /// How many pictures it asks for.
    var pictures: Int { source.count ?? count }

    /// What names of files say of it.
    var shown: String {
        guard case .interpolation(let others, _) = source else { return prompt }
        return ([prompt] + others).joined(separator: " ")
    }

    /// Whether its pictures are the frames of one file.
    var isAnimation: Bool {
        if case .interpolation = source { true } else { false }
    }
}

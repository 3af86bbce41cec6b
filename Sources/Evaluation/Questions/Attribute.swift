import PinxitDatasets

/// What one question asks of a picture.
public enum Attribute: String, Sendable, CaseIterable {
    /// The tint of an object, of ten.
    case color
    /// Of nine, white among them.
    case background
    /// Two and more, as many as the data set has; a single one is offered as an answer too.
    case count
    /// Of nine places.
    case position
    /// Which of two objects lies left, right, above or below.
    case side
    /// Plain, cartoon, line drawing, and flat where the data set has it.
    case style
    /// One of ten random objects, in their own colours.
    case object
    /// One of ten random objects in one tint, so that only the shape tells them apart.
    case shape

    /// The value a spec has, in words.
    func value(of spec: PictureSpec, _ captions: Captions) -> String {
        switch self {
        case .color: spec.parts[0].color?.rawValue ?? "untinted"
        case .background: spec.background.rawValue
        case .count:
            if case .count(let count) = spec.layout { "\(count)" } else { "1" }
        case .position:
            if case .place(let position, _) = spec.layout { position.rawValue } else { "none" }
        case .side:
            if case .pair(let relation) = spec.layout { relation.rawValue } else { "none" }
        case .style: spec.style.rawValue
        case .object, .shape:
            captions.caption(
                .plain(spec.parts[0].object),
                language: .english)
        }
    }

    /// How pictures are compared for this attribute; see `Metric` for the reasons.
    var metric: Metric {
        switch self {
        case .color: .ink
        case .background: .ground
        case .count, .position: .mask
        case .side: .drawing(side: 16)
        case .style: .strokes
        case .object, .shape: .drawing(side: 32)
        }
    }
}

extension DecodingError {
    private var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    /// Where it is in what was read; "JSON" for all of it.
    package var field: String {
        var path = context?.codingPath.map(\.stringValue) ?? []
        if case .keyNotFound(let key, _) = self { path.append(key.stringValue) }
        return path.isEmpty ? "JSON" : path.joined(separator: ".")
    }

    /// What is wrong there.
    package var told: String {
        switch self {
        case .keyNotFound: "is missing"
        case .typeMismatch(let type, _): "is of another type; \(type) is accepted"
        default: context?.debugDescription ?? "\(self)"
        }
    }
}

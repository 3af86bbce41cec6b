extension Unicode.Scalar.Properties {
    /// Whether it is no control and turns no direction of writing.
    package var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default: true
        }
    }
}

extension String {
    /// In one line, with `?` for each sign that would change the terminal.
    package var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.isPrintable ? $0 : "?" }))
    }
}

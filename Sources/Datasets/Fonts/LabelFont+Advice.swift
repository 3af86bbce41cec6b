extension LabelFont {
    /// What to say where a sheet has no words because no font was found.
    public static let missing =
        "no font was found, so nothing is written beside the pictures; "
        + "the Debian package fonts-dejavu-core has one"

    /// What to say where Chinese is drawn as boxes.
    public static let missingChinese =
        "no font with Chinese was found; the Debian package fonts-wqy-microhei has one"

    /// Whether there is a font at all.
    public static var isFound: Bool { LabelFont() != nil }

    /// Whether there is one with Chinese.
    public static var isChineseFound: Bool { LabelFont()?.canDraw("红") ?? false }

    /// What to say of labels that are to be drawn; nothing where all of it can be.
    ///
    /// - Parameter font: Nil where there is none at all.
    public static func advice(on labels: [String], _ font: LabelFont?) -> [String] {
        guard let font else { return [missing] }
        var packages: [String] = []
        for scalar in labels.joined().unicodeScalars where !scalar.properties.isWhitespace {
            guard !font.canDraw(String(scalar)) else { continue }
            let package = package(with: scalar.value)
            if !packages.contains(package) { packages.append(package) }
        }
        return packages.map {
            "no font has some of the labels' characters; the Debian package \($0) has one"
        }
    }

    /// The Debian package of a font with a code point, by the block it is in.
    static func package(with codePoint: UInt32) -> String {
        switch codePoint {
        case 0x1100...0x11FF, 0xAC00...0xD7AF: "fonts-noto-cjk"
        case 0x2E80...0xA4CF, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFFEF,
            0x20000...0x3FFFF:
            "fonts-wqy-microhei"
        case 0x2190...0x2BFF, 0x1F000...0x1FAFF: "fonts-symbola"
        case 0...0x24F: "fonts-dejavu-core"
        default: "fonts-noto-core"
        }
    }
}

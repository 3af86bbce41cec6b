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
}

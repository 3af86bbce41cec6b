/// What the licences of the sources ask to be said beside the pictures.
enum Notice {
    static func text(for manifest: DatasetManifest) -> String {
        let twemoji = manifest.recipe.styles.flat == nil ? "" : twemoji
        var text = """
            NOTICE

            These pictures are drawings from emoji fonts, alone, tinted or composed, and captions made
            with the help of Unicode's CLDR. Whoever passes the pictures on passes on this notice.

            Noto Color Emoji (style "plain")
              Copyright Google Inc. SIL Open Font License, Version 1.1,
              https://openfontlicense.org

            OpenMoji (styles "cartoon" and "line")
              All emojis designed by OpenMoji, the open-source emoji and icon project,
              https://openmoji.org. License: CC BY-SA 4.0,
              https://creativecommons.org/licenses/by-sa/4.0/
              Changed: rasterised, scaled, tinted, composed; of the line drawings only the black
              layers. Pictures that contain them stay under CC BY-SA 4.0.

            \(twemoji)Unicode CLDR and emoji data (names and keywords)
              Copyright Unicode, Inc. Unicode License Agreement - Data Files and Software (2016),
              https://www.unicode.org/license.txt

            Files used (sha256)

            """
        for source in manifest.sources {
            text += "  \(source.sha256)  \(source.file) (\(source.license))\n"
        }
        return text
    }

    /// Only data sets with flat drawings have some of it.
    private static let twemoji = """
        Twemoji (style "flat")
          Copyright Twitter, Inc. and other contributors. License: CC BY 4.0,
          https://creativecommons.org/licenses/by/4.0/
          Changed: rasterised, scaled, tinted, composed.


        """
}

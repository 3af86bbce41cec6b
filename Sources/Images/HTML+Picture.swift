import FoundationEssentials
import PinxitFiles

extension HTML {
    /// A picture in the page itself.
    ///
    /// - Parameters:
    ///   - alt: What it shows, for those who do not see it.
    ///   - width: As shown, in CSS pixels.
    ///   - height: As shown.
    ///   - kind: Its class in the style sheet; empty for none.
    package static func image(
        _ picture: Picture, alt: String, width: Int = 96, height: Int = 96, kind: String = ""
    ) throws(ImageError) -> HTML {
        let data = try PNG.encode(picture, level: 9).base64EncodedString()
        let own: HTML = kind.isEmpty ? "" : " class=\"\(kind)\""
        return """
            <img\(own) src="data:image/png;base64,\(data)" width="\(width)" height="\(height)" \
            alt="\(alt)">
            """
    }
}

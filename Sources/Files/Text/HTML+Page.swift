extension HTML {
    /// A page that needs nothing else: no script, no file beside it.
    ///
    /// - Parameters:
    ///   - language: Such as `en`.
    ///   - style: Added to what all pages have.
    package static func page(
        language: String, title: String, style: HTML, body: HTML
    ) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="\(language)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>
        \(baseStyle)
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    /// System fonts, two columns of ink, light or dark as the reader has it.
    private static let baseStyle: HTML = """
        :root { color-scheme: light dark; --line: #8884; --quiet: #666; }
        @media (prefers-color-scheme: dark) { :root { --quiet: #aaa; } }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
        h1, h2, h3 { line-height: 1.2; }
        h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
        small, caption, figcaption { color: var(--quiet); font-size: .8rem; }
        caption { text-align: left; padding: .5rem 0; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; }
        th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
        tbody tr { border-top: 1px solid var(--line); }
        tbody th { font-weight: 600; }
        img { display: block; background: #fff; border-radius: 4px; }
        """
}

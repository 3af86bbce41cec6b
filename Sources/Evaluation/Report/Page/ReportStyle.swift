extension Report {
    /// System fonts, two columns of ink, light or dark as the reader has it.
    static let style: HTML = """
        :root { color-scheme: light dark; --line: #8884; --quiet: #666; }
        @media (prefers-color-scheme: dark) { :root { --quiet: #aaa; } }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
        h1, h2, h3 { line-height: 1.2; }
        h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
        nav a { margin-right: 1rem; }
        small, caption, figcaption { color: var(--quiet); font-size: .8rem; }
        caption { text-align: left; padding: .5rem 0; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; }
        th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
        tbody tr { border-top: 1px solid var(--line); }
        tbody + tbody tr:first-child { border-top: 3px double var(--line); }
        tbody th { font-weight: 600; }
        .figures td { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .grid tbody th { font-weight: 400; width: 12rem; }
        dt { font-weight: 600; margin-top: 1rem; }
        dd { margin: 0; max-width: 48rem; }
        img { display: block; background: #fff; border-radius: 4px; }
        figure { display: inline-block; margin: 0 .75rem .75rem 0; width: 12.5rem; vertical-align: top; }
        figure .pair { display: flex; gap: 4px; }
        .near { display: none; margin-top: 4px; opacity: .9; }
        #nearest:checked ~ .scroll .near { display: block; }
        """
}

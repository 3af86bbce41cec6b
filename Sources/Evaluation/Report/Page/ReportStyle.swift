import PinxitFiles

extension Report {
    /// What the report adds to every page's style.
    static let style: HTML = """
        nav a { margin-right: 1rem; }
        tbody + tbody tr:first-child { border-top: 3px double var(--line); }
        .figures td { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .grid tbody th { font-weight: 400; width: 12rem; }
        dt { font-weight: 600; margin-top: 1rem; }
        dd { margin: 0; max-width: 48rem; }
        figure { display: inline-block; margin: 0 .75rem .75rem 0; width: 12.5rem; vertical-align: top; }
        figure .pair { display: flex; gap: 4px; }
        .near { display: none; margin-top: 4px; opacity: .9; }
        #nearest:checked ~ .scroll .near { display: block; }
        """
}

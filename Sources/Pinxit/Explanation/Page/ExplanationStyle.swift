import PinxitFiles

extension ExplanationPage {
    /// What the page adds to every page's style.
    static let style: HTML = """
        body { max-width: 62rem; }
        .prompt { font-size: 1.4rem; margin: .5rem 0 1rem; }
        .facts { color: var(--quiet); font-size: .85rem; margin: 0; }
        .facts b { font-weight: 600; }
        .lead { max-width: 46rem; }
        .chooser { display: grid; grid-template-columns: minmax(0, 26rem) minmax(0, 1fr); gap: 1.5rem; }
        @media (max-width: 46rem) { .chooser { grid-template-columns: 1fr; } }
        .chooser > input { position: absolute; opacity: 0; pointer-events: none; }
        .stage { position: relative; }
        .stage img { width: 100%; height: auto; image-rendering: auto; }
        .stage .map { position: absolute; inset: 0; height: 100%; opacity: 0; background: none;
          transition: opacity .15s; }
        .chooser.look { display: block; position: relative; flex: 0 1 20rem; }
        .looks { display: flex; flex-wrap: wrap; gap: 1.5rem; }
        .parts { position: absolute; inset: 0; display: grid; grid: repeat(4, 1fr) / repeat(4, 1fr); }
        .parts label { cursor: pointer; outline-offset: -2px; }
        .parts label:hover { outline: 2px solid #e8762b; }
        .chips { align-content: start; display: flex; flex-wrap: wrap; gap: .4rem; }
        .chips p { flex-basis: 100%; margin: 0 0 .5rem; }
        .chips label { border: 1px solid var(--line); border-radius: .6rem; padding: .2rem .6rem;
          cursor: pointer; font-size: 1.1rem; line-height: 1.3; }
        .chips label:has(img) { padding: .3rem; }
        .chips label small { display: block; font-size: .75rem; }
        .chips label:hover { border-color: #e8762b; }
        .maps, .steps { display: flex; flex-wrap: wrap; gap: .75rem; }
        .maps figure, .steps figure { margin: 0; }
        .steps figcaption { line-height: 1.3; }
        .bar { background: linear-gradient(90deg, #9f2a63, #f57d15); border-radius: 3px; height: .5rem;
          min-width: 1px; }
        .tokens td { font-variant-numeric: tabular-nums; vertical-align: middle; }
        .tokens td:last-child { min-width: 12rem; }
        .tokens .around { color: var(--quiet); font-style: italic; }
        .pair { display: flex; flex-wrap: wrap; gap: 1rem; }
        .pair figure { margin: 0; }
        .stages { display: flex; height: 1.5rem; border-radius: 4px; overflow: hidden; max-width: 46rem; }
        .stages div:nth-child(5n+1) { background: #280b54; } .stages div:nth-child(5n+2) { background: #65156e; }
        .stages div:nth-child(5n+3) { background: #9f2a63; } .stages div:nth-child(5n+4) { background: #d44842; }
        .stages div:nth-child(5n+5) { background: #f57d15; }
        .key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1.2rem; }
        """
}

import PinxitDatasets
import PinxitFiles
import PinxitImages

extension FolderEvaluator {
    /// Rows on a sheet.
    private static let mostRows = 32

    /// The painted pictures that lie nearest to a training picture by embedding, each with that,
    /// and behind a gap the real picture of the caption; nil where none was looked for.
    ///
    /// - Throws: `FileError` for a picture that can no longer be read.
    public func nearestSheet(
        _ paintings: FolderPaintings, _ findings: FolderFindings
    ) throws -> Picture? {
        let rows = try findings.nearest.prefix(Self.mostRows).map { pair -> LabelledSheet.Row in
            let painted = paintings.items[pair.item]
            let training = try training.batch(pair.training..<pair.training + 1)[0].picture
            return .init(
                label: "\(fixedPoint(pair.distance, 3)) \(findings.orders[pair.item].prompt)",
                pictures: [painted, training.fitting(painted)],
                last: try real(pair.item).fitting(painted))
        }
        return LabelledSheet(heads: ["painted", "nearest learnt"], rows: rows).draw()
    }

    /// The prompts that were painted with several seeds, and behind a gap the real picture; nil
    /// where there are none.
    ///
    /// - Throws: `FileError` for a picture that can no longer be read.
    public func seedSheet(_ paintings: FolderPaintings) throws -> Picture? {
        let rows = try zip(varied, paintings.variations).prefix(Self.mostRows).map {
            prompt, others -> LabelledSheet.Row in
            let painted = paintings.items[prompt]
            return .init(
                label: captions[prompt], pictures: [painted] + others,
                last: try real(prompt).fitting(painted))
        }
        return LabelledSheet(rows: rows).draw()
    }

    private func real(_ prompt: Int) throws -> Picture {
        try heldOut.batch(places[prompt]..<places[prompt] + 1)[0].picture
    }
}

extension Picture {
    /// The picture at the size of another one.
    fileprivate func fitting(_ other: Picture) -> Picture {
        (width, height) == (other.width, other.height)
            ? self : resized(width: other.width, height: other.height, filter: .bicubic)
    }
}

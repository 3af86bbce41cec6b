import PinxitDatasets
import PinxitImages

/// The fixed grid: one row per prompt, one column per seed, and behind a gap the training picture
/// nearest to the first.
struct Grid {
    let configuration: EvaluationConfiguration
    let thumbnails: TrainingThumbnails

    func draw(_ pictures: [Picture]) -> Picture? {
        guard let size = pictures.map(\.width).max() else { return nil }
        let columns = configuration.gridSeeds.count
        return LabelledSheet(
            rows: configuration.gridPrompts.enumerated().map { row, prompt in
                let own = Array(pictures[row * columns..<(row + 1) * columns])
                let nearest = thumbnails.nearest(to: own[0])
                return .init(
                    label: prompt, pictures: own,
                    last: nearest.map { thumbnails.picture($0.index, size: size) })
            }
        ).draw()
    }
}

import Datasets
import Images

/// The fixed grid: one row per prompt, its words on the left, one column per seed, and behind a gap
/// the training picture nearest to the first.
struct Grid {
    let configuration: EvaluationConfiguration
    let thumbnails: TrainingThumbnails

    func draw(_ pictures: [Picture]) -> Picture? {
        guard let size = pictures.map(\.width).max() else { return nil }
        let columns = configuration.gridSeeds.count
        let font = LabelFont()
        let label = font == nil ? 0 : 132
        let gap = 4
        let hasNearest = configuration.trainingPictures > 0
        let width = label + gap + columns * (size + gap) + (hasNearest ? size + 4 * gap : 0)
        var sheet = Picture(
            width: width, height: gap + configuration.gridPrompts.count * (size + gap),
            color: [255, 255, 255])
        for (row, prompt) in configuration.gridPrompts.enumerated() {
            let y = gap + row * (size + gap)
            if let font {
                let lines = max(1, size / 14)
                sheet.paste(font.draw(prompt, width: label - 2 * gap, lines: lines), x: gap, y: y)
            }
            for column in 0..<columns {
                let x = label + gap + column * (size + gap)
                sheet.paste(pictures[row * columns + column], x: x, y: y)
            }
            if let nearest = thumbnails.nearest(to: pictures[row * columns]) {
                let picture = thumbnails.picture(nearest.index, size: size)
                sheet.paste(picture, x: width - size - gap, y: y)
            }
        }
        return sheet
    }
}

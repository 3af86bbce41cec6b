import PinxitCLIP
import PinxitDALLE
import PinxitImages
import PinxitPlatform
import PinxitTensors

extension PictureExplanation {
    /// Why a DALL·E drew a picture: which words each of its tokens looked at, and between how many
    /// codes each was drawn.
    ///
    /// - Parameters:
    ///   - tokens: The picture's.
    ///   - times: Of this picture, without what this takes.
    init(
        _ model: DALLEPipeline, _ request: ResolvedRequest, _ settings: ResolvedRequest.Tokens,
        tokens: [Int32], times: PaintTimes
    ) {
        let type = request.precision.type
        let look = model.transformer.look(
            caption: model.tokenizer.encode(request.prompt), tokens: tokens, type: type)
        let side = model.rows
        let (n, t) = (look.attention.shape[0], look.attention.shape[1])
        let maps = TokenMaps(
            sums: [(side, side, look.attention.floats, 1)], tokenCount: t,
            side: PictureSize(width: side, height: side))
        var logits = look.logits
        if settings.guidanceScale > 1 {
            let plain = model.transformer.look(
                caption: model.tokenizer.encode(""), tokens: tokens, type: type)
            logits = guidedLogits(
                concatenate([plain.logits, logits], axis: 0), scale: Float(settings.guidanceScale))
        }
        let values = (logits * (1 / max(Float(settings.temperature), 1e-3))).softmax().floats
        let codes = values.count / n
        let bits = (0..<n).map { token in
            values[token * codes..<(token + 1) * codes].reduce(Float(0)) {
                $1 > 0 ? $0 - $1 * Float(log2(Double($1))) : $0
            }
        }
        let text = Text(request.prompt, weight: 1, model.tokenizer, .plain, maps)
        texts = [text.besidePicture(1 - maps.shares.reduce(0, +))]
        steps = []
        guidance = nil
        entropy = HeatMap(width: side, height: side, values: bits)
        self.times = times
    }
}

extension PictureExplanation.Text {
    /// With a share of attention that fell on the picture's own tokens, not on the padding.
    fileprivate func besidePicture(_ share: Double) -> PictureExplanation.Text {
        var text = self
        text.pictureShare = max(0, share)
        text.paddingShare = max(0, paddingShare - text.pictureShare)
        return text
    }
}

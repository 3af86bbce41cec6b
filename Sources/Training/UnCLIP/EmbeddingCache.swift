import PinxitDALLE
import PinxitTensors

extension PictureCache {
    /// CLIP's embeddings of the pictures, each `[features]` in f32 on the scale of a
    /// ``ScaledCLIP``.
    func embeddings(_ clip: ScaledCLIP) throws -> EncodedPictures {
        try encoded { clip.embed(pictures: $0, type: .compute) }
    }
}

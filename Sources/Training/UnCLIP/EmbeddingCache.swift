import PinxitDALLE
import PinxitTensors

extension PictureCache {
    /// CLIP's embeddings of the pictures, `[count, features]` in f32 on the scale of a
    /// ``ScaledCLIP``.
    func embeddings(_ clip: ScaledCLIP) throws -> Tensor {
        try encoded { clip.embed(pictures: $0, type: .compute) }
    }
}

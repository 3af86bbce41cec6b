import PinxitCLIP
import PinxitImages
import PinxitTensors

/// A CLIP as an embedder.
public struct CLIPEmbedder: Embedder {
    let clip: CLIP

    /// The side in pixels of the pictures it sees.
    public var pictureSize: Int { clip.model.pictureSize }

    /// It is used on the engine's thread only.
    public init(_ clip: CLIP) { self.clip = clip }

    /// - Throws: `FileError` for the file and field that is wrong.
    public init(folder: String) async throws {
        clip = try await Engine.run { try CLIP(folder: folder) }
    }

    /// The pictures' places in CLIP's space, rows of length one, computed in f32.
    public func embed(pictures: [Picture]) async -> [[Float]] {
        let clip = clip
        return await Engine.run { clip.embed(pictures: pictures).rows }
    }

    /// The texts' places in CLIP's space, rows of length one, computed in f32.
    public func embed(texts: [String]) async -> [[Float]] {
        let clip = clip
        return await Engine.run { clip.embed(texts: texts).rows }
    }
}

extension Tensor {
    /// The rows of a matrix.
    fileprivate var rows: [[Float]] {
        let (values, width) = (floats, shape[1])
        return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}

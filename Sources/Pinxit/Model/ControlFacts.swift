import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion

/// What can be told of a ControlNet, a T2I-Adapter or an IP-Adapter without reading its weights.
public struct ControlFacts: Sendable {
    private let fit: ControlFit

    /// What it is.
    public var kind: ControlKind { fit.kind }

    /// - Parameter path: Its file, or its folder in diffusers' layout; an IP-Adapter has its image
    ///   encoder beside it.
    /// - Throws: `FileError` for a file that is broken or of another kind, saying which.
    public init(_ path: String) throws(FileError) {
        fit = try ControlFit(path)
        if fit.kind == .ipAdapter { try ImagePromptParts(adapter: path).check() }
    }

    /// Bytes of its weights as they are stored; of an IP-Adapter without its image encoder's.
    ///
    /// - Throws: `FileError` for a folder that is none of a network.
    public static func byteCount(_ path: String) throws(FileError) -> Int {
        if let size = fileSize(path) { return size }
        return try Component(path: path).byteCount()
    }

    /// Why it does not go with a model, in words that follow its name; nil where nothing speaks
    /// against it. Loading both together looks closer.
    public func misfit(with model: ModelFolder) -> String? {
        guard model.pipeline.isStableDiffusion else {
            return "goes with latent diffusion models alone"
        }
        do {
            return fit.misfit(try model.source.outline())
        } catch {
            return "goes with models that can be read"
        }
    }
}

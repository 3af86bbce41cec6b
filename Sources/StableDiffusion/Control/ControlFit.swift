import PinxitCheckpoints
import PinxitFiles

/// What a network that stands beside a model is.
public enum ControlKind: String, Sendable, CaseIterable {
    /// A ControlNet, which holds paintings to a picture.
    case controlNet = "controlnet"
    /// A T2I-Adapter, which does the same with less.
    case t2iAdapter = "t2i_adapter"
    /// An IP-Adapter, which takes a picture as a prompt.
    case ipAdapter = "ip_adapter"

    /// As people call it.
    public var title: String {
        switch self {
        case .controlNet: "ControlNet"
        case .t2iAdapter: "T2I-Adapter"
        case .ipAdapter: "IP-Adapter"
        }
    }
}

/// What a network beside a model was made for, told by names, shapes and configurations: no weights
/// are read. What it takes for right may yet be refused where the network is loaded.
package struct ControlFit: Sendable {
    package let kind: ControlKind
    /// Features of the text states that it looks at; nil where it looks at none.
    private var context: Int?
    /// Channels of a ControlNet's levels, each change of them once.
    private var levels: [Int] = []
    private var adapter: T2IAdapterConfiguration?

    /// - Parameter path: A folder of diffusers' layout, or a file.
    /// - Throws: `FileError` for a file that is broken or of another kind, saying which.
    package init(_ path: String) throws(FileError) {
        let folder = fileSize(path) == nil ? try Component(path: path) : nil
        let file = try CheckpointFile(path: try folder?.weightsPath() ?? path)
        let keys = file.entries.keys
        if keys.contains(where: { $0.hasPrefix("image_proj.") || $0.hasPrefix("ip_adapter.") }) {
            kind = .ipAdapter
            context = try IPAdapter.context(of: file)
        } else if T2IAdapterFile.isNamed(keys) {
            kind = .t2iAdapter
            if let folder {
                adapter = try T2IAdapterConfiguration(folder.config)
            } else {
                adapter = try T2IAdapterFile(file).configuration()
            }
        } else {
            levels = try ControlNetFile(file).levels
            kind = .controlNet
            context = keys.filter { $0.hasSuffix(".attn2.to_k.weight") }.min()
                .flatMap { file.entries[$0]?.shape.last }
        }
    }

    /// Why it does not go with a U-Net; nil where nothing speaks against it.
    package func misfit(_ unet: UNetOutline) -> String? {
        if let adapter { return adapter.misfit(levels: unet.levels) }
        if let context, context != unet.context {
            return contextMisfit(kind.title, own: context, model: unet.context)
        }
        let others = unet.levels.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
        guard !levels.isEmpty, levels != others else { return nil }
        return "is a ControlNet for maps of \(levels.list) channels; the U-Net has \(others.list)"
    }
}

/// The sizes of a U-Net that tell families of models apart.
package struct UNetOutline: Sendable {
    /// Features of the text states.
    package let context: Int
    /// Channels of each level, the largest map first.
    package let levels: [Int]

    init(_ unet: UNetConfiguration) {
        (context, levels) = (unet.crossAttentionWidth, unet.blockOutChannels)
    }

    /// Those of the published model of a kind.
    init(_ kind: SingleFileKind) {
        switch kind {
        case .sdxl: (context, levels) = (2048, [320, 640, 1280])
        case .sdxlRefiner: (context, levels) = (1280, [384, 768, 1536, 1536])
        case .stableDiffusion2: (context, levels) = (1024, [320, 640, 1280, 1280])
        case .stableDiffusion1, .unet, .autoencoder:
            (context, levels) = (768, [320, 640, 1280, 1280])
        }
    }
}

/// Why a network for text states of so many features does not go with a model.
package func contextMisfit(_ what: String, own: Int, model: Int) -> String {
    "is \(what == "IP-Adapter" ? "an" : "a") \(what) for \(familyTitle(context: own)); "
        + "the model is \(familyTitle(context: model))"
}

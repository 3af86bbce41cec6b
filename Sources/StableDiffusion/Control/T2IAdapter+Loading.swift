import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

extension T2IAdapter {
    /// Loads an adapter from a folder of diffusers' layout or a file.
    ///
    /// - Parameter model: The model it is for, whose sizes it must have.
    /// - Throws: `FileError` for a file that is wrong, of another kind, or for another family of
    ///   models.
    package static func load(
        _ path: String, for model: LatentDiffusion, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> T2IAdapter {
        let unet = try model.unet(for: path)
        let (configuration, component) =
            fileSize(path) != nil ? try T2IAdapterFile(path).component() : try folder(path)
        try configuration.check(for: unet, model, path: path)
        return try component.model(options) { T2IAdapter($0, configuration) }
    }

    private static func folder(
        _ path: String
    ) throws(FileError) -> (T2IAdapterConfiguration, Component) {
        let component = try Component(path: path)
        return (try T2IAdapterConfiguration(component.config), component)
    }
}

extension T2IAdapterConfiguration {
    /// Why what it makes does not go with the levels of a U-Net; nil where it does.
    func misfit(levels: [Int]) -> String? {
        let own = blocks.map(\.output)
        // SDXL's bottom gets something too.
        let ofBottom = kind == .fullXL ? levels.suffix(1) : []
        guard own != levels + ofBottom || (kind == .fullXL && levels.count != 3) else { return nil }
        return "is a T2I-Adapter for maps of \(own.list) channels; the U-Net has \(levels.list)"
    }

    /// Whether what it makes fits the maps of a model's U-Net.
    fileprivate func check(
        for unet: UNetConfiguration, _ model: LatentDiffusion, path: String
    ) throws(FileError) {
        let levels = unet.blockOutChannels
        if let problem = misfit(levels: levels) { throw FileError(path: path, problem: problem) }
        // SDXL's first map that gets something is the second level's.
        try PartsFit(folder: path).equal(
            "pixels of the first map of the T2I-Adapter", downscale, "model's",
            kind == .fullXL ? 2 * model.scale : model.scale)
        // Where what it makes is added, and so of which size it must be, attention decides.
        let attends = kind == .fullXL ? [false, true] : levels.dropLast().map { _ in true }
        guard Array(unet.attentionLevels.dropLast()) == attends else {
            throw FileError(
                path: path,
                problem: "is a T2I-Adapter for a U-Net with attention in other levels")
        }
        guard pictureChannels == 1 || pictureChannels == 3 else {
            throw FileError(
                path: path,
                problem: "takes pictures of \(pictureChannels) channels; 1 and 3 are accepted")
        }
    }
}

/// An adapter in one file, under diffusers' names or those of its first release, whose sizes its
/// shapes tell.
package struct T2IAdapterFile {
    private let file: CheckpointFile
    /// Whether its names are diffusers'.
    package let hasDiffusersNames: Bool

    /// Told by names: no weights are read.
    ///
    /// - Throws: `FileError` for a file that is broken or of another kind.
    package init(_ path: String) throws(FileError) {
        try self.init(try CheckpointFile(path: path))
    }

    /// The same for a file that is open.
    package init(_ file: CheckpointFile) throws(FileError) {
        self.file = file
        guard Self.isNamed(file.entries.keys) else {
            throw FileError(path: file.path, problem: "is no T2I-Adapter")
        }
        hasDiffusersNames = file.entries.keys.contains { $0.hasPrefix("adapter.") }
    }

    /// Whether a file of such keys is one.
    package static func isNamed(_ keys: some Collection<String>) -> Bool {
        keys.contains("adapter.body.0.resnets.0.block1.weight")
            || keys.contains("body.0.block1.weight")
            || keys.contains("body.0.body.0.block1.weight")
    }

    /// The sizes, and the weights under diffusers' names.
    func component() throws(FileError) -> (T2IAdapterConfiguration, Component) {
        (
            try configuration(),
            Component(
                name: "adapter", config: JSONField(file: file.path, path: "", value: [:]),
                tensors: try file.tensors().named(by: newName), file: file.path)
        )
    }

    private var isLight: Bool {
        file.entries["body.0.in_conv.weight"] != nil
            || file.entries["adapter.body.0.in_conv.weight"] != nil
    }

    /// The sizes alone, which shapes tell.
    func configuration() throws(FileError) -> T2IAdapterConfiguration {
        let shapes = Dictionary(file.entries.map { (newName($0.key), $0.value.shape) }) { $1 }
        let parts = BlockParts(shapes.keys)
        func dimension(_ key: String, _ axis: Int) throws(FileError) -> Int {
            try shapes.dimension("adapter.\(key)", axis, file: file.path)
        }
        var c = T2IAdapterConfiguration()
        c.layers = parts.count("adapter.body.0.resnets")
        c.kind = isLight ? .light : .full
        c.channels = []
        for i in 0..<parts.count("adapter.body") {
            let key = isLight ? "body.\(i).out_conv.weight" : "body.\(i).resnets.0.block2.weight"
            c.channels.append(try dimension(key, 0))
        }
        if isLight {
            guard c.channels.count > 1 else {
                throw FileError(
                    path: file.path, field: "body.1",
                    problem: "is missing: two blocks are the least")
            }
            c.channels.removeLast()
        }
        let first = isLight ? "body.0.in_conv.weight" : "conv_in.weight"
        // A square of 8, or SDXL's 16, in gray or colours.
        let unshuffled = try dimension(first, 1)
        (c.downscale, c.pictureChannels) =
            unshuffled % 256 == 0 ? (16, unshuffled / 256) : (8, max(1, unshuffled / 64))
        if c.downscale == 16, !isLight { c.kind = .fullXL }
        return c
    }

    /// Diffusers' name: the first release counts skips through all blocks, two in each.
    private func newName(_ key: String) -> String {
        guard !hasDiffusersNames else { return key }
        let parts = key.split(separator: ".").map(String.init)
        guard parts.count > 3, parts[0] == "body", let number = Int(parts[1]), number >= 0 else {
            return "adapter.\(key)"
        }
        let rest = parts[2...].joined(separator: ".")
        if isLight {
            return "adapter.body.\(number)." + rest.replacing("body.", with: "resnets.")
        }
        let block = "adapter.body.\(number / 2)"
        return parts[2] == "in_conv" ? "\(block).\(rest)" : "\(block).resnets.\(number % 2).\(rest)"
    }
}

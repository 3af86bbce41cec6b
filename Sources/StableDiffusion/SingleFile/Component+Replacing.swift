import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

extension Tensor {
    /// The numbers of a small tensor, read without the engine, so that a file can be told of
    /// anywhere.
    var plainFloats: [Float] {
        let bytes = UnsafeRawBufferPointer(start: pointer, count: byteCount)
        return (0..<count).map { i in
            switch type {
            case .f32: bytes.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
            case .f16: Float(bytes.loadUnaligned(fromByteOffset: 2 * i, as: Float16.self))
            case .bf16:
                Float(
                    bitPattern: UInt32(
                        bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16)
            case .i64: Float(bytes.loadUnaligned(fromByteOffset: 8 * i, as: Int64.self))
            case .i32: Float(bytes.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self))
            default: 0
            }
        }
    }
}

extension Component {
    /// The U-Net in a folder or a file.
    ///
    /// - Parameter own: The one it replaces, of whose sizes a file with diffusers' names must be.
    /// - Throws: `FileError` for a file that is broken or holds none.
    init(unet path: String, insteadOf own: Component) throws(FileError) {
        try requireFile(path)
        if fileSize(path) == nil {
            self = try Component(path: path).named("unet")
        } else {
            let file = try SingleFile(path)
            if let named = try file.named(own.config) {
                self = named
            } else {
                self = try file.component("unet")
            }
        }
        let (mine, others) = (try UNetConfiguration(own.config), try UNetConfiguration(config))
        let fit = PartsFit(folder: path)
        try fit.equal(
            "features the U-Net attends to", others.crossAttentionWidth,
            "model's own U-Net's", mine.crossAttentionWidth)
        try fit.equal(
            "features the U-Net takes beside the text", others.textTime?.inputWidth ?? 0,
            "model's own U-Net's", mine.textTime?.inputWidth ?? 0)
    }

    /// The autoencoder in a folder or a file.
    ///
    /// - Parameter own: The one it replaces: of its sizes a file with diffusers' names must be, and
    ///   its scale is taken where a file does not say.
    /// - Parameter isXL: Whether it is for SDXL.
    /// - Throws: `FileError` for a file that is broken or holds none.
    init(
        autoencoder path: String, insteadOf own: Component, isXL: Bool = false
    ) throws(FileError) {
        try requireFile(path)
        if fileSize(path) == nil {
            self = try Component(path: path).named("vae")
            return
        }
        let file = try SingleFile(path)
        guard file.kind == .autoencoder else {
            throw FileError(
                path: path, problem: "is \(file.kind.rawValue); an autoencoder is accepted")
        }
        self = try file.autoencoder(insteadOf: own, usual: isXL ? 0.13025 : 0.18215)
    }
}

private func requireFile(_ path: String) throws(FileError) {
    guard !fileExists(path) else { return }
    throw FileError(
        path: path, problem: "is not there; a folder or a file is accepted", access: .reading)
}

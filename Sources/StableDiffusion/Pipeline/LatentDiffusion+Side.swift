import PinxitCheckpoints
import PinxitFiles

extension LatentDiffusion {
    /// The side of a model's usual pictures in pixels, from its configurations alone.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    package static func usualSide(folder: String) throws(FileError) -> Int {
        let unet = try UNetConfiguration(try JSONFile.read(folder.path("unet/config.json")))
        let vae = try JSONFile.read(folder.path("vae/config.json"))
        let widths =
            try vae["_class_name"].string(or: "AutoencoderKL") == "AutoencoderTiny"
            ? AutoencoderTinyConfiguration(vae).encoderBlockOutChannels
            : AutoencoderKLConfiguration(vae).blockOutChannels
        return unet.sampleSize << (widths.count - 1)
    }
}

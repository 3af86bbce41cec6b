import Pinxit
import PinxitImages
import PinxitTensors
import PinxitTestSupport

/// How far a painted picture is from what diffusers painted: a fixture's `KEY/latent`, `KEY/pt` and
/// `KEY/pil`.
struct DiffusersDifference: Sendable {
    /// The largest of the latents, relative to the largest of them.
    let latents: Double
    /// The largest of the decoded picture's numbers in [0, 1].
    let image: Double
    /// The largest of its bytes.
    let levels: Int

    /// - Parameters:
    ///   - painted: With its tensors kept.
    ///   - mask: Where bytes are compared, by what of it is not black; nil is everywhere.
    init(
        _ painted: PaintedPicture, file: String, key: String, within mask: Picture? = nil
    ) async throws {
        guard let tensors = painted.tensors else { preconditionFailure("no tensors were kept") }
        (latents, image, levels) = try await Engine.run {
            let fixture = try Fixture(file)
            let expected = fixture["\(key)/latent"]
            let bytes = fixture["\(key)/pil"]
            let pixels = UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.byteCount)
            var levels = 0
            for i in pixels.indices where mask?.pixels[i / 3] != 0 {
                levels = max(levels, abs(Int(pixels[i]) - Int(painted.picture.pixels[i])))
            }
            return (
                Double(largestDifference(tensors.latents, expected))
                    / Double(max(1, expected.floats.map(abs).max() ?? 1)),
                Double(
                    largestDifference(
                        tensors.image.affine(0.5, 0.5).clamped(0, 1), fixture["\(key)/pt"])),
                levels
            )
        }
    }
}

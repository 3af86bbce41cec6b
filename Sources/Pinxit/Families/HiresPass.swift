import PinxitImages
import PinxitStableDiffusion
import PinxitTensors
import PinxitUpscaling

/// The second pass over a request's pictures, at a larger size.
final class HiresPass {
    let painter: LatentPainter
    private let hires: ResolvedRequest.Diffusion.Hires
    /// What it paints, in pixels.
    var size: PictureSize { hires.size }
    private let upscaler: Upscaler?
    private let precision: Precision

    init(
        _ painter: LatentPainter, _ hires: ResolvedRequest.Diffusion.Hires,
        _ upscaler: Upscaler?, _ precision: Precision
    ) {
        (self.painter, self.hires) = (painter, hires)
        (self.upscaler, self.precision) = (upscaler, precision)
    }

    /// What it starts from.
    ///
    /// - Parameters:
    ///   - latents: What the first pass made.
    ///   - decoded: The picture they show.
    ///   - draw: Draws standard normal noise of the larger latents.
    ///   - led: Leads it to a variation's.
    func start(
        _ latents: Tensor, decoded: () throws -> Picture, draw: () -> Tensor,
        led: (Tensor) -> Tensor
    ) throws -> LatentStart {
        if let enlargement = hires.upscaler.enlargement {
            let scale = painter.model.scale
            return LatentStart(
                noise: led(draw()),
                clean: enlargement(latents, height: size.height / scale, width: size.width / scale))
        }
        var picture = try decoded()
        if hires.upscaler == .model, let upscaler {
            picture = try upscaler.enlarged(picture, type: precision.type)
        }
        let edit = try LatentEdit(
            Tensor(pictures: [
                picture.resized(width: size.width, height: size.height, filter: .lanczos)
            ]), mask: nil, strength: hires.strength, painter.model, type: precision.type)
        return edit.start(drawing: draw, led: led)
    }
}

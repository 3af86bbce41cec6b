import Pinxit
import Testing

extension Painter {
    /// What latent diffusion is painted with, everything filled in.
    func diffusionSettings(_ request: PaintRequest) throws -> ResolvedRequest.Diffusion {
        guard case .diffusion(let settings) = try resolved(request).settings else {
            throw PaintError.request(field: "model", problem: "is no latent diffusion")
        }
        return settings
    }
}

import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

/// What a model's weights w are moved by while it is written: part of the way to another's,
/// w + s (o - w), or by what that one has learnt since it was a third, w + s (o - b), as task
/// arithmetic has it (Ilharco et al. 2023, arXiv:2212.04089). Other programs call these weighted
/// sum and add difference.
package struct ModelMerge: Sendable {
    let other: any LatentDiffusionSource
    let base: (any LatentDiffusionSource)?
    let scale: Float
    let names: Set<String>

    /// - Parameters:
    ///   - other: o; of the same shapes as the model in what is merged.
    ///   - base: b, from which `other` was trained; nil for the way to `other`.
    ///   - scale: s; 0 leaves the model as it is.
    ///   - names: The components that are merged, of `ModelConversion.names`. Others, and those
    ///     that the model or `other` does not have, stay as the model has them.
    package init(
        _ other: any LatentDiffusionSource, since base: (any LatentDiffusionSource)? = nil,
        scale: Float, names: Set<String> = Set(ModelConversion.names)
    ) {
        (self.other, self.base, self.scale, self.names) = (other, base, scale, names)
    }

    /// Moves a component's parameters one by one, in f32; nil for one that stays as it is.
    ///
    /// - Throws: `FileError` for models that do not fit one another.
    func mover(
        of own: StoredPart, from source: any LatentDiffusionSource
    ) throws -> ((Tensor, String) throws(FileError) -> Tensor)? {
        let name = own.name
        guard names.contains(name), other.has(name) else { return nil }
        for model in [other, base].compactMap(\.self) { try check(model, source, name) }
        let towards = try StoredPart(other, name)
        let base = try base.map { try StoredPart($0, name) }
        return { tensor, parameter throws(FileError) in
            let shape = tensor.shape
            let target = try towards.tensor(parameter, shape)
            let from = try base?.tensor(parameter, shape) ?? tensor
            defer { for read in [target, from] { read.storage.dropPages() } }
            let way = target.cast(to: .f32) - from.cast(to: .f32)
            return tensor.cast(to: .f32) + way * scale
        }
    }

    /// Weights mean the same only where models predict the same and read the same tokens.
    private func check(
        _ model: any LatentDiffusionSource, _ source: any LatentDiffusionSource, _ name: String
    ) throws {
        func refused(_ field: String, _ problem: String) -> FileError {
            FileError(path: model.path, field: field, problem: problem)
        }
        if name == "unet" {
            let (own, its) = (
                try source.scheduler().prediction, try model.scheduler().prediction
            )
            guard own == its else {
                throw refused(
                    "prediction_type",
                    "is \(its.rawValue); \(own.rawValue) is accepted, that of "
                        + source.path)
            }
        }
        guard name.hasPrefix("text_encoder") else { return }
        let tokenizer = "tokenizer" + name.dropFirst("text_encoder".count)
        let (own, its) = (try source.tokenizer(tokenizer), try model.tokenizer(tokenizer))
        let limit = Int32(max(own.idLimit, its.idLimit))
        guard (0..<limit).allSatisfy({ own.symbol($0) == its.symbol($0) }) else {
            throw refused(
                tokenizer, "has other tokens than \(source.path), so its \(name) cannot be merged")
        }
    }
}

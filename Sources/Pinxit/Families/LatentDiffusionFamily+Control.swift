import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

extension LatentDiffusionFamily {
    /// Loads what holds paintings to pictures, each once however often it is named.
    ///
    /// - Parameter known: Those that are loaded already, by their paths.
    static func controlNets(
        _ paths: [String], for model: LatentDiffusion, _ options: LoadOptions,
        known: [String: ControlNetwork] = [:]
    ) throws -> [ControlNetwork] {
        guard !paths.isEmpty else { return [] }
        guard model.task != .instruction else {
            throw PaintError.request(
                field: RequestOptions.controls.name,
                problem: "a model that changes pictures by instruction takes no ControlNet")
        }
        // LoRAs and words are for the model.
        let own = LoadOptions(isStreamed: options.isStreamed, variant: options.variant)
        defer { for note in own.notes.all { options.notes.add(note) } }
        var loaded = known
        return try paths.map { path in
            let net = try loaded[path] ?? ControlNetwork.load(path, for: model, own)
            loaded[path] = net
            return net
        }
    }

    /// There is a picture for each ControlNet, and none beside, of sizes it takes.
    func checkControls(
        _ asked: DiffusionOptions, of source: PaintSource, _ sizes: [PictureSize]
    ) throws(PaintError) {
        let (pictures, nets) = (asked.controls.count, controlNets.count)
        guard nets > 0 || (pictures == 0 && asked.guessMode != true) else {
            throw .request(
                field: (pictures > 0
                    ? RequestOptions.controls.name : RequestOptions.guessMode.name),
                problem: "the painter has no ControlNet")
        }
        guard pictures == nets else {
            throw .request(
                field: RequestOptions.controls.name,
                problem: "\(counted(pictures, "picture")) for \(counted(nets, "ControlNet")); "
                    + "one for each is accepted")
        }
        if asked.controls.contains(where: { $0.preparation == .inpaint }), source.kind != .inpaint {
            throw .request(
                field: RequestOptions.controls.name,
                problem: "prepared for inpainting goes with a mask")
        }
        for net in controlNets {
            for (field, side) in sizes.flatMap({ [("width", $0.width), ("height", $0.height)] })
            where side % net.step != 0 {
                throw .request(
                    field: field,
                    problem:
                        "\(side) is not accepted; the T2I-Adapter takes multiples of \(net.step)")
            }
        }
    }

    private func counted(_ count: Int, _ what: String) -> String {
        "\(count == 0 ? "no" : "\(count)") \(what)\(count == 1 ? "" : "s")"
    }
}

extension LatentControls {
    /// Those of a request; nil for none.
    ///
    /// - Parameters:
    ///   - size: Of what is painted.
    ///   - canvas: Where a picture that is changed lies, if one is.
    convenience init?(
        _ nets: [ControlNetwork], _ settings: ResolvedRequest.Diffusion, _ size: PictureSize,
        _ precision: Precision, _ canvas: PaintCanvas?
    ) {
        guard !nets.isEmpty else { return nil }
        let all = zip(nets, settings.controls).map { net, control in
            var picture = control.seen(canvas, width: size.width, height: size.height)
            if net.takesGray { picture = picture.gray }
            var seen = Tensor(pictures: [picture]).affine(0.5, 0.5)
            if control.preparation == .inpaint, let mask = canvas?.mask {
                seen = seen * mask.affine(-1, 1) - mask
            }
            return LatentControl(
                net, seen.cast(to: precision.type),
                scale: control.scale, part: control.part)
        }
        self.init(all, isGuessing: settings.isGuessing)
    }
}

extension Control {
    /// The picture as a network sees it, RGB.
    fileprivate func seen(_ canvas: PaintCanvas?, width: Int, height: Int) -> Picture {
        func laid(_ picture: Picture) -> Picture {
            canvas?.laid(picture)
                ?? picture.resized(width: width, height: height, filter: .lanczos)
        }
        return switch preparation {
        case .none, .inpaint: laid(picture.opaque)
        case .canny(let low, let high): laid(picture.rgb()).edges(low: low, high: high).rgb()
        }
    }
}

extension Picture {
    /// RGB, whatever is transparent.
    fileprivate var opaque: Picture {
        guard channels == 4 else { return rgb() }
        let colors = pixels.indices.filter { $0 % 4 != 3 }.map { pixels[$0] }
        return Picture(width: width, height: height, channels: 3, pixels: colors)
    }
}

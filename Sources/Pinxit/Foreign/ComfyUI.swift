import PinxitFiles
import PinxitTokenizers

/// What a graph of ComfyUI paints, walked from the sampler that begins with nothing.
extension ForeignSettings {
    /// Nil for a graph without a sampler that is known.
    init?(comfyUI graph: ComfyGraph) {
        self.init(program: "ComfyUI")
        guard let sampler = firstSampler(graph) else { return nil }
        request.diffusion.text.emphasis = .comfy
        takeSampling(graph, sampler)
        let guider = graph.source(sampler, "guider") ?? sampler
        let positive = ["positive", "conditioning"].lazy.compactMap { graph.link(guider, $0) }.first
        request.prompt = text(graph, positive)
        request.negativePrompt = text(graph, graph.link(guider, "negative"))
        if request.prompt.contains("embedding:") || request.negativePrompt.contains("embedding:") {
            note("embedding:NAME is read as text here, but for those that --embedding brings along")
        }
        takeSize(graph, sampler)
        takeModel(graph, guider)
        takeDecoder(graph, sampler)
    }

    // MARK: Samplers

    private static let samplers = [
        "KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced",
        "KSampler (Efficient)", "KSampler Adv. (Efficient)", "TiledKSampler",
    ]

    /// The sampler that what is written comes from, or the one before it: a second one only goes
    /// over what is there.
    private mutating func firstSampler(_ graph: ComfyGraph) -> ComfyGraph.Node? {
        let all = graph.ordered.filter { Self.samplers.contains($0.type) }
        let written = graph.ordered.filter {
            $0.type.contains("SaveImage") || $0.type == "Image Save"
        }
        var sampler =
            all.last { sampler in written.contains { graph.reaches(sampler.id, from: $0) } }
            ?? all.first
        guard var current = sampler else { return nil }
        var seen: Set<String> = []
        while seen.insert(current.id).inserted {
            var before: ComfyGraph.Node?
            let names = ["latent_image", "samples", "latent", "pixels", "image"]
            graph.walk(graph.source(current, "latent_image"), by: names) { node in
                guard Self.samplers.contains(node.type) else { return true }
                before = node
                return false
            }
            guard let before else { break }
            let steps = graph.value(current, "steps")?.text ?? "?"
            let strength = graph.value(current, "denoise")?.text ?? "?"
            note(
                "a second pass (\(current.type), \(steps) steps, denoise \(strength)) is not done: "
                    + "the picture keeps its first size")
            current = before
        }
        sampler = current
        return sampler
    }

    private mutating func takeSampling(_ graph: ComfyGraph, _ node: ComfyGraph.Node) {
        let noise = graph.source(node, "noise") ?? node
        take(seed: graph.value(noise, "seed", "noise_seed"))
        let guider = graph.source(node, "guider") ?? node
        take(graph.value(guider, "cfg")?.text, RequestOptions.guidanceScale)
        if guider.type == "BasicGuider" { request.guidanceScale = 1 }
        let sigmas = graph.source(node, "sigmas") ?? node
        take(graph.value(sigmas, "steps")?.text, RequestOptions.steps)
        let named = graph.source(node, "sampler") ?? node
        take(
            sampler: graph.value(named, "sampler_name")?.text
                ?? Self.name(of: named, ending: "Sampler", isApart: named.id != node.id),
            schedule: graph.value(sigmas, "scheduler")?.text
                ?? Self.name(of: sigmas, ending: "Scheduler", isApart: sigmas.id != node.id))
        if let strength = graph.value(sigmas, "denoise")?.decimal, strength < 1 {
            note("was painted from what was there (denoise \(strength)): pinxit edit does so")
        }
        if node.type == "KSamplerAdvanced" { noteParts(graph, node) }
    }

    /// What a node says by its type alone: `SamplerEulerAncestral`, `KarrasScheduler`.
    private static func name(
        of node: ComfyGraph.Node, ending: String, isApart: Bool
    ) -> String? {
        guard isApart, node.type.contains(ending), !node.type.hasPrefix("KSampler") else {
            return nil
        }
        let known = node.type.replacing("SamplingScheduler", with: "")
            .replacing(ending, with: "")
        return known.isEmpty || known.hasPrefix("Basic") ? nil : known
    }

    private mutating func noteParts(_ graph: ComfyGraph, _ node: ComfyGraph.Node) {
        let steps = request.diffusion.steps ?? 0
        if let end = graph.value(node, "end_at_step")?.decimal, end >= 0, end < Double(steps) {
            note("another sampler goes on from step \(Int(end)): all steps are this model's here")
        }
    }

    // MARK: Words

    /// The text that conditions come from; of several, all, in order.
    private mutating func text(_ graph: ComfyGraph, _ start: (node: ComfyGraph.Node, output: Int)?)
        -> String
    {
        var texts: [String] = []
        var waiting = [start].compactMap(\.self)
        var seen: Set<String> = []
        while let (node, output) = waiting.popLast() {
            guard seen.insert("\(node.id)/\(output)").inserted else { continue }
            if let text = encoded(graph, node) ?? loaded(graph, node, output) {
                if !text.isEmpty { texts.append(text) }
                continue
            }
            if node.type == "ConditioningZeroOut" {
                note("no negative words at all are not the same as an empty text, which is taken")
                continue
            }
            if node.type.contains("ControlNet") {
                note("\(node.type) has no counterpart here")
            } else if node.type.hasPrefix("ConditioningSet") || node.type == "ConditioningAverage" {
                note("\(node.type) is passed over: the words hold for all of the picture")
            }
            let names =
                output == 1 && graph.source(node, "negative") != nil
                ? ["negative"]
                : [
                    "conditioning_2", "conditioning_from", "conditioning_1", "conditioning_to",
                    "conditioning", "positive", "", "value",
                ]
            waiting += names.compactMap { graph.link(node, $0) }
        }
        if texts.count > 1 {
            note("its \(texts.count) conditions are painted as one text, one behind the other")
        }
        return texts.joined(separator: ", ")
    }

    /// What a node encodes; nil of one that encodes no text.
    private mutating func encoded(_ graph: ComfyGraph, _ node: ComfyGraph.Node) -> String? {
        guard node.type.contains("TextEncode") || node.type.hasPrefix("smZ CLIP") else {
            return nil
        }
        var parts: [String] = []
        for name in ["text", "text_g", "text_l", "prompt", "clip_l", "t5xxl"] {
            if let part = graph.value(node, name)?.text {
                parts.append(part)
            } else if let source = graph.source(node, name) {
                note("words that \(source.type) made are not told, and are left out")
            }
        }
        var different: [String] = []
        for part in parts where !different.contains(part) { different.append(part) }
        return different.joined(separator: " ")
    }

    /// The words of a loader that encodes them itself, as "Efficient Loader" does.
    private func loaded(
        _ graph: ComfyGraph, _ node: ComfyGraph.Node, _ output: Int
    ) -> String? {
        guard node.type.contains("Loader") else { return nil }
        return graph.value(node, output == 2 ? "negative" : "positive")?.text
    }

    // MARK: Size and files

    private mutating func takeSize(_ graph: ComfyGraph, _ sampler: ComfyGraph.Node) {
        var hasSize = false
        let names = ["latent_image", "samples", "latent", "pixels", "image"]
        graph.walk(graph.source(sampler, "latent_image"), by: names) { node in
            if node.type.contains("VAEEncode") || node.type == "LoadImage" {
                note("was painted from a picture, which it does not hold: pinxit edit does so")
                return false
            }
            guard let width = graph.value(node, "width", "empty_latent_width")?.text,
                let height = graph.value(node, "height", "empty_latent_height")?.text
            else { return true }
            take(width, RequestOptions.width)
            take(height, RequestOptions.height)
            hasSize = true
            return false
        }
        if !hasSize { note("its size is not told") }
    }

    private mutating func takeModel(_ graph: ComfyGraph, _ guider: ComfyGraph.Node) {
        var loras: [(name: String?, weight: Double, text: Double)] = []
        graph.walk(graph.source(guider, "model"), by: ["model", "model1", "", "value"]) { node in
            if let name = graph.value(node, "lora_name")?.text, name != "None" {
                let weight = graph.value(node, "strength_model", "lora_model_strength")?.decimal
                let text = graph.value(node, "strength_clip", "lora_clip_strength")?.decimal
                loras.append((name, weight ?? 1, text ?? 0))
            }
            if let name = graph.value(node, "ckpt_name", "unet_name", "base_ckpt_name")?.text {
                model = NamedModel(name)
                if let skip = graph.value(node, "clip_skip")?.decimal, skip < -1, skip > -100 {
                    take(layersFromEnd: Int(-skip))
                }
                return false
            } else if ["FreeU", "IPAdapter", "Hypernetwork", "PatchModel"].contains(
                where: node.type.contains)
            {
                note("\(node.type) has no counterpart here")
            }
            return true
        }
        // The nearest to the checkpoint first, as they were applied.
        for lora in loras.reversed().prefix(100) {
            take(lora: lora.name, weight: lora.weight, textWeight: lora.text)
        }
        takeClipSkip(graph, guider)
    }

    private mutating func takeClipSkip(_ graph: ComfyGraph, _ guider: ComfyGraph.Node) {
        var clip: ComfyGraph.Node?
        let start = graph.source(guider, "positive") ?? graph.source(guider, "conditioning")
        graph.walk(start, by: ["conditioning", "conditioning_1", "conditioning_to", "positive"]) {
            clip = graph.source($0, "clip")
            return clip == nil
        }
        graph.walk(clip, by: ["clip"]) { node in
            guard let layer = graph.value(node, "stop_at_clip_layer")?.decimal else { return true }
            // -1 is the last layer.
            if layer < -1, layer > -100 { take(layersFromEnd: Int(-layer)) }
            return false
        }
    }

    private mutating func takeDecoder(_ graph: ComfyGraph, _ sampler: ComfyGraph.Node) {
        for node in graph.ordered where node.type.hasPrefix("VAEDecode") {
            guard let loader = graph.source(node, "vae"),
                let name = graph.value(loader, "vae_name")?.text
            else { continue }
            note("was decoded with the autoencoder \(name): --vae \(name) does so again")
        }
    }
}

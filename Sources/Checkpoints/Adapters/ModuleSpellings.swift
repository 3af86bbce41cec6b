/// The names that adapters may give a component's modules: they are worked out from the names the
/// model really has, so that none is guessed from a file's.
struct ModuleSpellings: Sendable {
    /// One name of a module.
    struct Spelling: Sendable {
        let name: ModuleName
        /// Which of how many equal parts along the first dimension the module is of what is named.
        var part: (index: Int, count: Int)?
    }

    private let component: String
    private let original: LDMNames?

    /// - Parameter parameters: All names of the component's parameters.
    init(component: String, parameters: some Sequence<String>) {
        self.component = component
        original = component == "unet" ? LDMNames(parameters) : nil
    }

    /// The names of a module, the one most used first.
    ///
    /// - Parameter path: As diffusers and transformers have it, such as
    ///   `mid_block.attentions.0.proj_in`.
    func of(_ path: String) -> [Spelling] {
        switch component {
        case "unet": named(unet(path))
        case "text_encoder", "text_encoder_2": named(text(path)) + openCLIP(path)
        default: named([path])
        }
    }

    /// A name without a component may be the first text encoder's or the U-Net's.
    private func named(_ paths: [String]) -> [Spelling] {
        let components: [String?] =
            component == "unet" || component == "text_encoder" ? [component, nil] : [component]
        return paths.flatMap { path in
            components.map { Spelling(name: Self.name($0, path)) }
        }
    }

    private static func name(_ component: String?, _ path: String) -> ModuleName {
        ModuleName(component: component, path: path.replacing(".", with: "_"))
    }

    private func unet(_ path: String) -> [String] {
        var paths = [path]
        // diffusers' first form: `to_out_lora`.
        if path.hasSuffix(".to_out.0") { paths.append(String(path.dropLast(2))) }
        if let name = original?.name(of: path) { paths.append(name) }
        return paths
    }

    private func text(_ path: String) -> [String] {
        var paths = [path]
        for (ending, old) in Self.oldAttention where path.hasSuffix(ending) {
            paths.append(path.dropLast(ending.count) + old)
        }
        // Newer versions of transformers have no `text_model.` in memory.
        return paths + paths.filter { $0.hasPrefix("text_model.") }.map { String($0.dropFirst(11)) }
    }

    /// diffusers' first form named the parts of a text encoder's attention as a U-Net's.
    private static let oldAttention = [
        (".q_proj", ".to_q"), (".k_proj", ".to_k"), (".v_proj", ".to_v"), (".out_proj", ".to_out"),
    ]

    /// OpenCLIP has queries, keys and values in one matrix.
    private func openCLIP(_ path: String) -> [Spelling] {
        let parts = path.split(separator: ".").map(String.init)
        func spelling(_ path: String, _ part: (Int, Int)? = nil) -> [Spelling] {
            [Spelling(name: Self.name(component, path), part: part.map { ($0.0, $0.1) })]
        }
        guard let place = parts.firstIndex(of: "layers"), parts.count > place + 2 else {
            return path.hasSuffix("final_layer_norm") ? spelling("ln_final") : []
        }
        let block = "transformer.resblocks.\(parts[place + 1])"
        switch parts[(place + 2)...].joined(separator: ".") {
        case "self_attn.q_proj": return spelling("\(block).attn.in_proj", (0, 3))
        case "self_attn.k_proj": return spelling("\(block).attn.in_proj", (1, 3))
        case "self_attn.v_proj": return spelling("\(block).attn.in_proj", (2, 3))
        case "self_attn.out_proj": return spelling("\(block).attn.out_proj")
        case "mlp.fc1": return spelling("\(block).mlp.c_fc")
        case "mlp.fc2": return spelling("\(block).mlp.c_proj")
        case "layer_norm1": return spelling("\(block).ln_1")
        case "layer_norm2": return spelling("\(block).ln_2")
        default: return []
        }
    }
}

/// Which family of models an adapter's file was made for, as far as its shapes and names tell.
enum AdapterFamily: Equatable {
    /// A Stable Diffusion whose U-Net attends to text states of so many features.
    case stableDiffusion(context: Int)
    /// A model of another kind, by its name.
    case other(String)

    /// Nil where nothing tells.
    ///
    /// - Parameter modules: As the file spells them, with the features in where shapes tell them.
    init?(_ modules: some Sequence<(spelling: String, inputWidth: Int?)>) {
        var other: String?
        for module in modules {
            let path = module.spelling.replacing(".", with: "_")
            if path.hasSuffix("attn2_to_k"), let width = module.inputWidth {
                self = .stableDiffusion(context: width)
                return
            }
            for (mark, name) in Self.marks where path.contains(mark) { other = other ?? name }
        }
        guard let other else { return nil }
        self = .other(other)
    }

    private static let marks = [
        ("single_transformer_blocks", "FLUX"), ("double_blocks", "FLUX"),
        ("single_blocks", "FLUX"), ("joint_blocks", "Stable Diffusion 3"),
        ("lora_prior_unet", "Stable Cascade"), ("noise_refiner", "Z-Image or Lumina"),
    ]

    /// What it is called in messages.
    var title: String {
        switch self {
        case .stableDiffusion(768): "Stable Diffusion 1 (context 768)"
        case .stableDiffusion(1024): "Stable Diffusion 2 (context 1024)"
        case .stableDiffusion(1280): "the SDXL refiner (context 1280)"
        case .stableDiffusion(2048): "SDXL (context 2048)"
        case .stableDiffusion(let context): "a model of context \(context)"
        case .other(let name): name
        }
    }
}

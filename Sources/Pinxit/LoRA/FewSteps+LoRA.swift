import PinxitCheckpoints
import PinxitFiles

extension FewSteps {
    /// How a LoRA that makes a model one of few steps wants it to be sampled: by the names in its
    /// metadata, its own, or where that says nothing its folder's.
    ///
    /// A name such as "lightning" may be that of a style: it counts with a number of steps or a
    /// model's name beside it only.
    init?(_ adapter: WeightAdapter) {
        let file = adapter.origin.lastPathPart.withoutExtension
        let folder = adapter.origin.parentPath.lastPathPart
        let isNameless = ["pytorch_lora_weights", "adapter_model", "model"].contains(file)
        let stated = ["ss_output_name", "modelspec.title"].compactMap { adapter.metadata[$0] }
        for name in stated + [isNameless ? folder : file] where Self.isOfFewSteps(name) {
            self.init(name: name + " lora")
            return
        }
        return nil
    }

    private static func isOfFewSteps(_ name: String) -> Bool {
        let lowered = name.lowercased()
        let words = lowered.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let joined = words.joined()
        let isModel = [
            "hypersd", "sdxllightning", "sdturbo", "sdxlturbo", "lcmlora", "loralcm", "dmd2",
        ].contains { joined.contains($0) }
        let isMethod = words.contains { $0 == "lcm" || $0 == "tcd" }
        let hasSteps = lowered.firstRange(of: "step").map { place in
            lowered[..<place.lowerBound].last { !"-_ ".contains($0) }?.isNumber ?? false
        }
        return isModel || isMethod || hasSteps ?? false
    }
}

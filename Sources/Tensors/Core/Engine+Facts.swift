import CPinxitOneDNN
import PinxitKernels

extension Engine {
    /// Which of our kernels run here: avx512, avx512f, avx2 or portable.
    public static var kernels: String { String(cString: px_kernels_name()) }

    /// How bf16 is multiplied here, as suits the processor: by dot products, widening to f32, or by
    /// matrix tiles (AMX).
    public static var bf16Products: String {
        if px_has_bf16(), px_bf16_dots_pay() { return "dot products" }
        return px_bf16_pays() ? "matrix tiles" : "widening to f32"
    }

    /// The version of oneDNN that is loaded, such as 2.6.3.
    public static var oneDNNVersion: String { String(cString: odn_version()) }
}

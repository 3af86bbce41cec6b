/// How steps lie, by the web UI's names.
struct WebUIScheduler {
    let name: String
    let label: String

    static let all = [
        WebUIScheduler(name: "automatic", label: "Automatic"),
        WebUIScheduler(name: "uniform", label: "Uniform"),
        WebUIScheduler(name: "karras", label: "Karras"),
        WebUIScheduler(name: "exponential", label: "Exponential"),
        WebUIScheduler(name: "polyexponential", label: "Polyexponential"),
        WebUIScheduler(name: "sgm_uniform", label: "SGM Uniform"),
        WebUIScheduler(name: "kl_optimal", label: "KL Optimal"),
        WebUIScheduler(name: "align_your_steps", label: "Align Your Steps"),
        WebUIScheduler(name: "simple", label: "Simple"),
        WebUIScheduler(name: "normal", label: "Normal"),
        WebUIScheduler(name: "ddim", label: "DDIM"),
        WebUIScheduler(name: "beta", label: "Beta"),
        WebUIScheduler(name: "turbo", label: "Turbo"),
    ]
}

import FoundationEssentials
import Pinxit
import PinxitImages
import PinxitTensors

/// What a command tells of what it painted.
struct PaintReport {
    let summary: PaintSummary
    /// What was told beside its warnings.
    var notes: [String] = []
    let model: String
    let paths: [String]
    let seeds: [UInt32]
    /// Seconds that loading took.
    let loaded: Double
    /// Whether painting ended before all pictures were finished.
    var isStopped = false

    /// Everything about the run as one JSON object.
    var json: String {
        get throws {
            struct Report: Encodable {
                let request: PaintRequest
                let model: String
                let loras: [UsedLoRA]?
                let embeddings: [UsedEmbedding]?
                let paths: [String]
                let seeds: [UInt32]
                let warnings: [String]
                let stopped: Bool?
                let seconds: [String: Double]
            }
            let times = summary.times
            let report = Report(
                request: summary.request.request, model: model,
                loras: summary.request.loras.isEmpty ? nil : summary.request.loras,
                embeddings: summary.request.embeddings.isEmpty ? nil : summary.request.embeddings,
                paths: paths,
                seeds: seeds,
                warnings: notes + summary.warnings, stopped: isStopped ? true : nil,
                seconds: [
                    "text": times.text, "encoding": times.encoding,
                    "sampling": times.sampling, "decoding": times.decoding,
                ])
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.userInfo[Picture.asDigest] = true
            return String(decoding: try encoder.encode(report), as: UTF8.self)
        }
    }

    /// Times and memory on standard error.
    func explain() {
        let times = summary.times
        var pace = ""
        if case .diffusion(let settings) = summary.request.settings {
            let steps = Double(settings.steps * summary.request.count)
            pace = " (\(decimal(steps / times.sampling, 1)) steps/s)"
        }
        note("loading   \(decimal(loaded, 3)) s")
        note("text      \(decimal(times.text, 3)) s")
        if times.encoding > 0 { note("encoding  \(decimal(times.encoding, 3)) s") }
        note("sampling  \(decimal(times.sampling, 3)) s\(pace)")
        note("decoding  \(decimal(times.decoding, 3)) s")
        let tensors = StoragePool.shared.statistics.peak
        note("peak memory \(peakMemory() >> 20) MiB, of it tensors \(tensors >> 20) MiB")
    }
}

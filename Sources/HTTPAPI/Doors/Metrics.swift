import PinxitServing
import PinxitWorkers
import Synchronization

/// What Prometheus asks for. Labels are routes as they are written and states, never what a client
/// says.
final class Metrics: Sendable {
    private struct Route: Hashable {
        let route: String
        let status: Int
    }

    private struct State {
        var counts: [Route: Int] = [:]
        var seconds: [String: Double] = [:]
    }

    private let state = Mutex(State())

    func count(_ route: String, _ status: Int, seconds: Double) {
        state.withLock { state in
            state.counts[Route(route: route, status: status), default: 0] += 1
            state.seconds[route, default: 0] += seconds
        }
    }

    /// In Prometheus' text format, version 0.0.4.
    func text(_ service: PaintService) async throws -> String {
        let (counts, seconds) = state.withLock { ($0.counts, $0.seconds) }
        var lines: [String] = []
        func metric(_ name: String, _ type: String, _ help: String, _ values: [(String, String)]) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(type)")
            for (labels, value) in values {
                lines.append(labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)")
            }
        }
        metric(
            "http_requests_total", "counter", "Requests that were answered.",
            counts.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
                .map { ("route=\"\($0.key.route)\",status=\"\($0.key.status)\"", "\($0.value)") })
        metric(
            "http_request_seconds_total", "counter", "Seconds until answers began.",
            seconds.sorted { $0.key < $1.key }.map { ("route=\"\($0.key)\"", "\($0.value)") })
        let jobs = try service.counts()
        metric(
            "pinxit_jobs", "gauge", "Jobs that are kept, by state.",
            Job.Status.allCases.map { ("status=\"\($0.rawValue)\"", "\(jobs[$0] ?? 0)") })
        metric(
            "pinxit_picture_seconds", "gauge", "Seconds of one picture, as last measured.",
            try service.paces().sorted { $0.key < $1.key }
                .map { ("model=\"\($0.key)\"", "\($0.value)") })
        metric(
            "pinxit_warm_models", "gauge", "Models that are loaded.",
            [("", "\(await service.warmModels.count)")])
        addWork(service.record, metric)
        metric("pinxit_watchers", "gauge", "Open streams of events.", [("", "\(service.watchers)")])
        metric(
            "process_resident_memory_bytes", "gauge", "Memory of the server without its workers.",
            [("", "\(service.residentBytes)")])
        return lines.joined(separator: "\n") + "\n"
    }

    /// What became of jobs here.
    private func addWork(
        _ record: WorkRecord,
        _ metric: (String, String, String, [(String, String)]) -> Void
    ) {
        let sums = record.sums.map { kind, sum in
            (
                "model=\"\(kind.model)\",kind=\"\(kind.kind)\",end=\"\(kind.end.rawValue)\","
                    + "reason=\"\(kind.reason?.rawValue ?? "")\"", sum
            )
        }.sorted { $0.0 < $1.0 }
        metric(
            "pinxit_jobs_ended_total", "counter", "Jobs that ended here, and how.",
            sums.map { ($0.0, "\($0.1.jobs)") })
        metric(
            "pinxit_job_seconds_total", "counter", "Seconds from their beginnings to their ends.",
            sums.map { ($0.0, "\($0.1.seconds)") })
        metric(
            "pinxit_queue_wait_seconds_total", "counter", "Seconds that they waited before.",
            sums.map { ($0.0, "\($0.1.waited)") })
        metric(
            "pinxit_model_load_seconds", "gauge", "Seconds that loading took, as last measured.",
            record.loading.sorted { $0.key < $1.key }.map { ("model=\"\($0.key)\"", "\($0.value)") }
        )
    }
}

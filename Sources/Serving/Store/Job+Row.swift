import FoundationEssentials
import PinxitFiles
import PinxitWorkers

extension Job {
    /// As the store has it, without its pictures.
    init(_ row: SQLRow) {
        number = row["number"]
        id = row["id"]
        kind = row["kind"]
        group = row["group"]
        status = Status(rawValue: row["status"]) ?? .failed
        model = row["model"]
        owner = row["owner"]
        request = row["request"]
        prompt = row["prompt"]
        source = row["source"]
        count = row["count"]
        seed = UInt32(truncatingIfNeeded: row["seed"] as Int64)
        previews = row["previews"]
        created = row["created"]
        started = row["started"]
        finished = row["finished"]
        attempts = row["attempts"]
        settings = row["settings"]
        warnings = Self.texts(row["warnings"])
        isFleeting = row["fleeting"]
        deleted = row["deleted"]
        if let code = row["error_code"] as String? {
            failure = WorkFailure(
                WorkFailure.Code(rawValue: code) ?? .internal, row["error_message"] ?? "")
        }
    }

    private static func texts(_ json: String) -> [String] {
        guard case .array(let elements)? = try? JSONValue(parsing: json) else { return [] }
        return elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}

extension StoreConnection {
    /// The jobs of a query, with their pictures.
    func jobs(_ sql: String, _ arguments: [any SQLConvertible] = []) throws -> [Job] {
        var jobs = try rows(sql, arguments).map { Job($0) }
        let pictures = try pictures(of: jobs.map(\.number))
        for index in jobs.indices { jobs[index].pictures = pictures[jobs[index].number] ?? [] }
        return jobs
    }

    /// Pictures by their jobs, in order, in as few questions as may be.
    private func pictures(of jobs: [Int64]) throws -> [Int64: [JobPicture]] {
        var pictures: [Int64: [JobPicture]] = [:]
        for start in stride(from: 0, to: jobs.count, by: 500) {
            let some = jobs[start..<min(start + 500, jobs.count)]
            let marks = some.map { _ in "?" }.joined(separator: ", ")
            let found = try rows(
                "SELECT * FROM picture WHERE job IN (\(marks)) ORDER BY job, number", Array(some))
            for row in found { pictures[row["job"], default: []].append(JobPicture(row)) }
        }
        return pictures
    }

    func pictures(of job: Int64) throws -> [JobPicture] {
        try rows("SELECT * FROM picture WHERE job = ? ORDER BY number", [job])
            .map { JobPicture($0) }
    }
}

extension JobPicture {
    init(_ row: SQLRow) {
        number = row["number"]
        hash = row["hash"]
        seed = UInt32(truncatingIfNeeded: row["seed"] as Int64)
        width = row["width"]
        height = row["height"]
        safety = (row["safety"] as String?).flatMap {
            try? JSONDecoder().decode(ReportedSafety.self, from: Data($0.utf8))
        }
    }
}

extension JobEvent {
    init?(_ row: SQLRow) {
        guard let kind = Kind(rawValue: row["kind"]) else { return nil }
        self.kind = kind
        number = row["number"]
        job = row["job"]
        detail = row["detail"]
    }
}

import PinxitWorkers

@testable import PinxitServing

/// A job for two pictures, as a client asks for it.
func draft(_ prompt: String = "a cat", owner: String = "local") -> JobDraft {
    var draft = JobDraft(
        model: "m", request: #"{"prompt":"\#(prompt)","seed":1}"#, prompt: prompt, count: 2, seed: 1
    )
    draft.owner = owner
    return draft
}

/// A picture that a worker has painted.
func picture(_ number: Int, _ hash: String = "h") -> JobPicture {
    JobPicture(number: number, hash: hash, seed: UInt32(number), width: 8, height: 8)
}

extension JobStore {
    /// Takes a job where four may wait.
    func accept(_ draft: JobDraft, _ id: String) throws -> Job {
        try accept(draft, id: id, limit: 4, at: 10, wait: 8)
    }
}

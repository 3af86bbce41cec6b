import PinxitFiles
import PinxitWorkers

// With others who work on the same store.
extension PaintService {
    /// Whether the store is reached.
    public var isReached: Bool { (try? store.isPaused()) != nil }

    /// Hears what others do.
    func listen(_ address: String) -> PostgresListener {
        PostgresListener(address) { [weak self] text in self?.heard(text) }
    }

    /// - Parameter text: What happened, and to which job; nil where something may have been missed.
    private func heard(_ text: String?) {
        defer { hub.wake() }
        guard let text else {
            hub.forgetAll()
            return dispatcher.wake()
        }
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, words[0] != "step" else {
            if words.first == "step", words.count == 2 { hub.step(told: words[1]) }
            return dispatcher.wake()
        }
        switch JobEvent.Kind(rawValue: words[0]) {
        case .cancelled:
            hub.forget(words[1])
            Task { await dispatcher.cancel(words[1]) }
        case .queued:
            hub.forget(words[1])
            dispatcher.wake()
        case .done, .failed: hub.forget(words[1])
        default: break
        }
    }

    /// Where others share the store, looks for jobs whose workers are lost.
    func takeBackLost() async {
        guard store.isShared else { return }
        while !Task.isCancelled {
            _ = try? store.takeBackExpired(at: now())
            dispatcher.wake()
            try? await Task.sleep(for: .seconds(min(2, store.lease / 3)))
        }
    }
}

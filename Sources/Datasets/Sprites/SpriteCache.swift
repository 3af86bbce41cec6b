import Synchronization

/// Tinted, posed and scaled sprites, kept while they fit. Only speed depends on it, never a pixel.
final class SpriteCache: Sendable {
    struct Key: Hashable {
        var object: String
        var style: DrawingStyle
        var color: TintColor?
        var side: Int
        var pose: Pose
    }

    private struct State {
        var sprites: [Key: Sprite] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func sprite(_ key: Key, make: () -> Sprite) -> Sprite {
        if let found = state.withLock({ $0.sprites[key] }) { return found }
        let made = make()
        state.withLock { state in
            if state.bytes + made.pixels.count > capacity {
                state.sprites.removeAll(keepingCapacity: true)
                state.bytes = 0
            }
            if state.sprites.updateValue(made, forKey: key) == nil {
                state.bytes += made.pixels.count
            }
        }
        return made
    }
}

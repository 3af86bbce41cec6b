// Forgetting what is past.
extension StorePlace {
    /// Forgets what is older than is kept, then the oldest jobs while the files have more bytes
    /// than are kept.
    func sweep(_ retention: Retention, at time: Double) throws {
        for hash in try store.sweep(retention, at: time) { try forget(hash) }
        try store.sweepPreviews()
        try shelf.sweep(except: store.neededPictures)
        try explanations.sweep(except: store.neededPictures)
        var bytes = try size()
        while bytes > retention.bytes, let hashes = try store.forgetOldest() {
            for hash in hashes { try forget(hash) }
            let left = try size()
            // What another job has too goes with the last of them. Where nothing goes for another
            // reason, as with what is too young, forgetting more jobs would not help.
            guard hashes.isEmpty || left < bytes else { return }
            bytes = left
        }
    }

    private func size() throws -> Int { try shelf.size() + explanations.size() }

    private func forget(_ hash: String) throws {
        try shelf.remove(hash)
        try explanations.remove(hash)
    }
}

import Testing

@testable import PinxitTensors

@Test("Size classes hold what is asked, waste at most an eighth, and are classes of themselves")
func sizeClasses() {
    for bytes in [1, 64, 65, 511, 512, 513, 1000, 4097, 1 << 20, (1 << 20) + 1, 123_456_789] {
        let size = StoragePool.sizeClass(bytes)
        #expect(size >= bytes)
        #expect(bytes <= 64 || Double(size) <= Double(bytes) * 1.125 + 64)
        #expect(StoragePool.sizeClass(size) == size)
        #expect(size % 64 == 0)
    }
}

@Test("The same work again takes nothing from the system")
func secondStepAllocatesNothing() async {
    // Other tests share the pool, so one quiet moment of several has to do.
    let quiet = await Engine.run {
        func allocations() -> Int {
            let before = StoragePool.shared.statistics.systemAllocations
            let x = Tensor.ones([17, 23, 5])
            _ = ((x * 3 + 1).silu * x).mean().item
            return StoragePool.shared.statistics.systemAllocations - before
        }
        _ = allocations()
        return (0..<5).contains { _ in allocations() == 0 }
    }
    #expect(quiet)
}

@Test("What waits beyond a limit goes back to the system")
func waitingIsLimited() async {
    await Engine.run {
        let pool = StoragePool.shared
        pool.trim()
        let limit = pool.statistics.reserved - pool.statistics.inUse + (1 << 20)
        pool.limitingWaiting(to: limit) {
            for _ in 0..<4 { _ = Tensor.zeros([1 << 20]) + 1 }
            let statistics = pool.statistics
            // One tensor may still be kept: the limit is looked at before it waits.
            #expect(statistics.reserved - statistics.inUse <= limit + (5 << 20))
        }
        _ = Tensor.zeros([1 << 20]) + 1
        #expect(pool.statistics.reserved - pool.statistics.inUse > 4 << 20)
    }
}

@Test("Beyond the limit, sizes that are no longer wanted go first")
func wantedSizesStay() async {
    // Other tests share the pool, so one quiet moment of several has to do.
    let stays = await Engine.run {
        let pool = StoragePool.shared
        func allocations(_ work: () -> Void) -> Int {
            let before = pool.statistics.systemAllocations
            work()
            return pool.statistics.systemAllocations - before
        }
        return (0..<5).contains { _ in
            pool.trim()
            let waiting = pool.statistics.reserved - pool.statistics.inUse
            return pool.limitingWaiting(to: waiting + (24 << 20)) {
                let wanted = { _ = Tensor.zeros([2 << 20]) }  // 8 MB
                // Each of a size of its own, 4.5 to 7 MB.
                let others = { (i: Int) in _ = Tensor.zeros([(1 << 20) + (i + 1) << 17]) }
                wanted()
                return (0..<6).allSatisfy { i in
                    others(i)
                    return allocations(wanted) == 0
                }
            }
        }
    }
    #expect(stays)
}

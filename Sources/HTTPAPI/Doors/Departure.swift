import NIOCore
import Synchronization

/// Whether the client at the other end of a connection has gone.
final class Departure: Sendable {
    private struct State {
        var hasGone = false
        var lastNumber = 0
        var waiting: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Has something done when the client goes, or at once where it has gone.
    ///
    /// - Returns: What ``forget(_:)`` takes once nobody cares any more.
    func whenGone(_ body: @escaping @Sendable () -> Void) -> Int {
        let (number, hasGone) = state.withLock { state in
            state.lastNumber += 1
            if !state.hasGone { state.waiting[state.lastNumber] = body }
            return (state.lastNumber, state.hasGone)
        }
        if hasGone { body() }
        return number
    }

    func forget(_ number: Int) { state.withLock { $0.waiting[number] = nil } }

    fileprivate func go() {
        let waiting = state.withLock { state in
            state.hasGone = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for body in waiting { body() }
    }
}

/// Sees a client go while its answer is being made. Hummingbird's own way ends the server where the
/// client goes with its body half sent.
final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    let departure = Departure()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { departure.go() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        departure.go()
        context.fireChannelInactive()
    }
}

extension Channel {
    /// Whether its client has gone; nil for a channel that nobody watches.
    var departure: Departure? {
        get async {
            try? await pipeline.handler(type: DepartureHandler.self).map(\.departure).get()
        }
    }
}

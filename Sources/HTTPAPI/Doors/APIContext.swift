import Hummingbird
import NIOCore
import Synchronization

/// What is known of a request beside what it says.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks: the name of the key, or `local`.
    var owner = "local"
    /// Where the connection comes from; nil in tests.
    let address: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress
    }
}

typealias Routes = Router<APIContext>

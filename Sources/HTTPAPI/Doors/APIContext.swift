import Hummingbird
import NIOCore
import PinxitServing
import Synchronization

/// What is known of a request beside what it says.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks: the name of the key, or `local`.
    var owner = "local"
    /// Whose share of painting it takes: the owner's of a key, else the address'.
    var payer = "local"
    /// Whether it sees what is others', too; ``Guard`` says so.
    var seesAll = false
    /// Who asks.
    var asker: Asker { Asker(owner: owner, payer: payer, seesAll: seesAll) }
    /// The connection.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

typealias Routes = Router<APIContext>

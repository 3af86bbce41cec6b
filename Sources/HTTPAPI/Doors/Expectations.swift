import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Tells a client that waits for it (`Expect: 100-continue`, as curl does with large bodies) to go
/// on, once somebody wants the body: what is refused for its head is never sent (RFC 9110, 10.1.1).
struct Expectations: RouterMiddleware {
    typealias Context = APIContext

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.expect]?.lowercased() == "100-continue" else {
            return try await next(request, context)
        }
        var request = request
        request.body = RequestBody(
            asyncSequence: WantedBody(body: request.body, channel: context.channel))
        return try await next(request, context)
    }

    /// A body that is asked for when its first bytes are.
    private struct WantedBody: AsyncSequence, Sendable {
        let body: RequestBody
        let channel: any Channel

        func makeAsyncIterator() -> Iterator {
            Iterator(body: body.makeAsyncIterator(), channel: channel)
        }

        struct Iterator: AsyncIteratorProtocol {
            var body: RequestBody.AsyncIterator
            let channel: any Channel
            var isAskedFor = false

            mutating func next() async throws -> ByteBuffer? {
                if !isAskedFor {
                    isAskedFor = true
                    let head = HTTPResponsePart.head(HTTPResponse(status: .continue))
                    try await channel.writeAndFlush(head)
                }
                return try await body.next()
            }
        }
    }
}

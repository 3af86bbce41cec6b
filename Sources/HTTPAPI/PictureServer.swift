import FoundationEssentials
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import PinxitFiles
import PinxitServing
import ServiceLifecycle
import UnixSignals

/// The system does not let the server listen at its address.
public struct ListeningFailure: Error {
    /// Why, as `errno` says it.
    public let code: Int32
}

/// The HTTP server: every door to one ``PaintService``, and the playground.
public struct PictureServer: Sendable {
    private let service: PaintService
    private let options: ServerOptions
    private let metrics = Metrics()

    /// A server that listens once it is run.
    public init(_ service: PaintService, _ options: ServerOptions) {
        self.service = service
        self.options = options
    }

    /// Who answers, without a network.
    var router: Routes {
        let routes = Routes(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        let sessions = Sessions(secret: service.sessionSecret, keys: options.keys)
        routes.add(middleware: ErrorShapes(metrics: metrics, log: service.log))
        routes.add(middleware: Guard(options: options, sessions: sessions))
        routes.add(middleware: Expectations())
        for path in PageFiles.paths {
            routes.get(RouterPath(path)) { request, _ in try PageFiles.response(path, request) }
        }
        addNative(to: routes, sessions)
        OpenAIRoutes(service).add(to: routes)
        WebUIRoutes(service).add(to: routes)
        return routes
    }

    /// The native API, and the document that tells of it.
    private func addNative(to routes: Routes, _ sessions: Sessions) {
        var native = DocumentedRoutes(routes)
        NativeFacts(service: service, options: options, sessions: sessions).add(to: &native)
        NativeJobs(service).add(to: &native)
        NativeEvents(service).add(to: &native)
        NativePictures(service).add(to: &native)
        addHealth(to: &native)
        native.refuseOtherMethods()
        let document = native.document(
            Schemas.all(service.limits), needsKey: !options.keys.isEmpty
        ).encoded(indented: false)
        routes.get("/api/v1/openapi.json") { request, _ in Response.tagged(document, request) }
    }

    private func addHealth(to routes: inout DocumentedRoutes) {
        func plain(_ path: String, _ name: String, _ summary: String) -> Operation {
            Operation(
                method: .get, path: path, name: name, summary: summary,
                answers: [Operation.Answer(200, "It is so.", .plain)])
        }
        routes.add(plain("/healthz", "health", "Whether the server lives.")) { _, _ in
            Response.text("ok\n")
        }
        var ready = plain("/readyz", "ready", "Whether it takes jobs.")
        ready.answers.append(
            Operation.Answer(503, "It is stopping, or its store is not reached or full.", .plain))
        routes.add(ready) { _, _ in
            if service.isStopping {
                return Response.text("stopping\n", status: .serviceUnavailable)
            }
            return service.isReached
                ? Response.text("ready\n")
                : Response.text(
                    "the store is not reached, or cannot be written to\n",
                    status: .serviceUnavailable)
        }
        routes.add(plain("/metrics", "metrics", "Numbers for Prometheus.")) { _, _ in
            Response.text(try await metrics.text(service))
        }
    }

    /// Listens and paints until the process is asked to stop; then no more is taken, what is being
    /// painted is finished if it can be within ``ServerOptions/grace``, and the rest waits in the
    /// store.
    ///
    /// - Parameter listening: Told the port once it listens.
    /// - Throws: ``ListeningFailure`` where another program has the port.
    public func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "pinxit") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .error
        let application = Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [DepartureHandler()], idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "Pinxit"),
            onServerRunning: { [log = service.log] channel in
                let port = channel.localAddress?.port ?? 0
                log.note("listening", .info, [JSONMember("port", .integer(port))])
                listening(port)
            },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application),
                .init(service: Painting(service: service, grace: options.grace)),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Requests whose bodies never come, and programs that run for one, are left then.
        configuration.maximumGracefulShutdownDuration = .seconds(options.grace + 5)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError where service.isStopping {
            return
        } catch let error as IOError {
            throw ListeningFailure(code: error.errnoCode)
        }
    }

    /// Paints what servers with the same store accept, until the process is asked to stop.
    ///
    /// - Parameter grace: Seconds to finish what is being painted then.
    public static func paint(_ service: PaintService, grace: Double) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: Painting(service: service, grace: grace))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "pinxit") { _ in SwiftLogNoOpLogHandler() }))
        try await group.run()
    }

    /// The queue's work as a service among others.
    private struct Painting: Service {
        let service: PaintService
        let grace: Double

        func run() async throws {
            await withGracefulShutdownHandler {
                await service.run()
            } onGracefulShutdown: {
                Task { await service.stop(within: grace) }
            }
        }
    }
}

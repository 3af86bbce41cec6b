import CPinxitMPI
import PinxitPlatform
import PinxitTensors

/// A transfer under way; nil once it is done.
typealias Transfer = UnsafeMutableRawPointer?

/// How numbers come from rank to rank: bytes are moved, nothing is computed.
///
/// Transfers of one kind are started in the same order by every rank, and the memory is the
/// caller's again once they are done.
protocol RankTransport: Sendable {
    /// Brings every rank's `count` numbers to all, in the order of ranks.
    func gather(
        _ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer
    /// Brings the r-th `count` numbers to rank r, which then has those of all ranks, in order.
    func exchange(
        _ own: UnsafePointer<Float>, into pieces: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer
    /// Brings the first rank's numbers to all.
    func broadcast(_ values: UnsafeMutablePointer<Float>, count: Int) -> Transfer
    /// Moves all transfers on; true if this one is done, which then is nil.
    func isDone(_ transfer: inout Transfer) -> Bool
    /// Has the other ranks know that this one says why all end.
    func tell()
    /// Whether another rank has said so.
    var isTold: Bool { get }
}

/// The processes that one `mpirun` has started.
struct MPITransport: RankTransport {
    func gather(
        _ own: UnsafePointer<Float>, into all: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer { mpi_gather(own, all, Int32(count)) }

    func exchange(
        _ own: UnsafePointer<Float>, into pieces: UnsafeMutablePointer<Float>, count: Int
    ) -> Transfer { mpi_exchange(own, pieces, Int32(count)) }

    func broadcast(_ values: UnsafeMutablePointer<Float>, count: Int) -> Transfer {
        mpi_broadcast(values, Int32(count))
    }

    func isDone(_ transfer: inout Transfer) -> Bool { mpi_is_done(&transfer) }

    func tell() { mpi_tell() }

    var isTold: Bool { mpi_is_told() }
}

extension Ranks {
    /// Whether this program was built with MPI.
    public static var isBuiltIn: Bool { mpi_is_built_in() }

    /// How many processes were started together with this one, how many of them on this machine,
    /// and which it is, as `mpirun` says in the environment; nil for a process alone.
    public static let started: (rank: Int, size: Int, sizeHere: Int)? = {
        func number(_ names: String...) -> Int? {
            names.lazy.compactMap { getenv($0).flatMap { Int(String(cString: $0)) } }.first
        }
        guard let size = number("OMPI_COMM_WORLD_SIZE", "PMI_SIZE"), size > 1 else { return nil }
        return (
            number("OMPI_COMM_WORLD_RANK", "PMI_RANK") ?? 0, size,
            number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 1
        )
    }()

    /// Joins the processes that `mpirun` started together with this one. Once in a process, and
    /// before training.
    ///
    /// - Parameter isAskedToStop: Asked while others are waited for.
    /// - Returns: Nil if MPI does not begin, or is not built in.
    @Engine
    public static func join(isAskedToStop: @escaping @Sendable () -> Bool) -> Ranks? {
        guard mpi_begin() else { return nil }
        return Ranks(
            rank: Int(mpi_rank()), size: Int(mpi_size()), MPITransport(),
            isAskedToStop: isAskedToStop)
    }

    /// Leaves the others, once they leave too. Nothing may be trained then.
    @Engine
    public func leave() {
        guard !isAlone else { return }
        // MPI waits without sleeping.
        _ = gather([0])
        mpi_end()
    }

    /// Ends all processes with this exit code, after a line that says why.
    @Engine
    public func endAll(code: Int32) {
        guard !isAlone else { return }
        mpi_tell()
        mpi_abort(code)
    }
}

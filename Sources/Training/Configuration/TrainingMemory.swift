import FoundationEssentials
import PinxitFiles
import PinxitLayers
import PinxitPlatform
import PinxitTensors

/// What a model needs in training at the very least, against what the machine has.
enum TrainingMemory {
    /// Bytes of a parameter: it, its average, two moments and its gradient, in f32.
    ///
    /// - Parameter isShared: Whether several processes train: the gradient is then sent from one
    ///   copy of its own, and those of the others come into another.
    static func parameterBytes(isShared: Bool) -> Int { (isShared ? 7 : 5) * 4 }

    /// Bytes that a step needs at the very least.
    ///
    /// - Parameter samples: Of a step, with the numbers of one that are certainly held until its
    ///   gradient is known.
    static func least(
        parameters: Int, samples: (count: Int, numbers: Int), isShared: Bool
    ) -> Double {
        Double(parameters) * Double(parameterBytes(isShared: isShared))
            + Double(samples.count) * Double(samples.numbers) * 4
    }

    /// Bytes this process may have: the machine's memory, or less in a container.
    static let available: Int = {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let group = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
        let limit = group.flatMap { Int($0.filter(\.isNumber)) }
        return Swift.min(machine, limit ?? machine)
    }()

    /// Refuses what is to be kept of all pictures or captions, where it takes more than there is.
    ///
    /// - Parameters:
    ///   - made: What was made of the first few.
    ///   - few: How many these are.
    ///   - all: How many there are.
    ///   - what: What is made, for the message.
    ///   - each: Of what, for the message.
    ///   - path: Where it is kept, or what it is made with.
    static func checkRoom(
        for made: some Collection<Tensor>, of few: Int, all: Int, _ what: String, each: String,
        path: String
    ) throws(FileError) {
        let size = made.reduce(0) { $0 + $1.byteCount } / few
        guard Double(size) * Double(all) > Double(available) else { return }
        throw FileError(
            path: path, field: "task.pictures",
            problem: "\(what) of \(all) \(each) take \(gigabytes(Double(size) * Double(all))) of "
                + "memory, and there is \(gigabytes(Double(available))); accepted: up to "
                + "\(available / Swift.max(size, 1)) \(each)")
    }

    /// "1.5 GB".
    static func gigabytes(_ bytes: Double) -> String { "\((bytes / 1e8).rounded() / 10) GB" }
}

extension SettingsReader {
    /// Refuses a model that could not be trained here for want of memory. Nothing is allocated.
    ///
    /// - Parameters:
    ///   - name: What it is called in the message.
    ///   - samples: Of a step, with the numbers of one that are certainly held until its gradient
    ///     is known.
    ///   - ranks: Who train it.
    ///   - build: Makes the model.
    func checkMemory(
        of name: String, samples: (count: Int, numbers: Int), among ranks: Ranks,
        _ build: (Weights) -> Void
    ) throws {
        let count = ParameterStore.count(build)
        let needed = TrainingMemory.least(
            parameters: count, samples: samples, isShared: !ranks.isAlone)
        guard needed > Double(TrainingMemory.available) else { return }
        throw FileError(
            path: field.file, field: field.path,
            problem: "\(name) of \(count) parameters with \(samples.count) samples a step needs "
                + "more than \(TrainingMemory.gigabytes(needed)) of memory, and there "
                + "is \(TrainingMemory.gigabytes(Double(TrainingMemory.available))); accepted: "
                + "smaller sizes or a smaller optimisation.batch")
    }
}

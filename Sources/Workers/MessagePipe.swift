import FoundationEssentials
import PinxitFiles
import PinxitPlatform
import Synchronization

/// Messages over a pair of pipes. A message is a JSON value and bytes behind it: the lengths of
/// both, four bytes each with the highest first, then the JSON, then the bytes.
public final class MessagePipe: Sendable {
    /// The most bytes that either part of a message may have: a request carries its pictures.
    public static let largest = 1 << 28

    private let reading: Int32
    private let writing: Int32
    private let turn = Mutex(())

    /// - Parameters:
    ///   - reading: The descriptor that messages are read from.
    ///   - writing: The one they are written to. Both are closed with the pipe.
    public init(reading: Int32, writing: Int32) {
        self.reading = reading
        self.writing = writing
    }

    deinit {
        close(reading)
        if writing != reading { close(writing) }
    }

    /// Sends a message, and waits until the other side has room for it.
    ///
    /// - Throws: `FileError` where the other side is gone; `WorkFailure` for a message that it
    ///   would not read.
    public func send(_ message: some Encodable, bytes: Data = Data()) throws {
        let json = try JSONEncoder().encode(message)
        guard max(json.count, bytes.count) <= Self.largest else {
            throw WorkFailure(
                .invalidRequest,
                "with its pictures it is larger than the \(Self.largest >> 20) MiB that are carried"
            )
        }
        var head = Data()
        for count in [json.count, bytes.count] {
            for shift in [24, 16, 8, 0] { head.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        let whole = head + json + bytes
        try turn.withLock { _ in
            try whole.withUnsafeBytes { try writeAll($0) }
        }
    }

    /// Waits for the next message; nil where the other side is gone.
    ///
    /// For one thread at a time.
    /// - Throws: `DecodingError` for a message of another kind; `FileError` for one too large.
    public func receive<Message: Decodable>(_ type: Message.Type) throws -> (Message, Data)? {
        guard let head = read(8) else { return nil }
        let counts = [0, 4].map { start in
            head[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard counts.allSatisfy({ $0 <= Self.largest }) else {
            throw FileError(path: "pipe", problem: "a message of \(counts) bytes is too large")
        }
        guard let json = read(counts[0]), let bytes = read(counts[1]) else { return nil }
        return (try JSONDecoder().decode(type, from: Data(json)), Data(bytes))
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let count = write(writing, start, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw FileError(path: "pipe", problem: "the other side is gone", access: .writing)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// So many bytes, or nil at the end.
    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                PinxitPlatform.read(
                    reading, buffer.baseAddress.map { $0 + filled }, count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }
}

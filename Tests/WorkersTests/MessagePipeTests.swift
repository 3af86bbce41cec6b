import Foundation
import PinxitPlatform
import Testing

@testable import PinxitWorkers

@Suite struct MessagePipeTests {
    private func ends() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(PinxitPlatform.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test("Messages arrive whole and in order, with their bytes")
    func order() throws {
        let (reading, writing) = try ends()
        let pipe = MessagePipe(reading: reading, writing: writing)
        let bytes = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        try pipe.send(WorkerOrder.cancel(job: "一"))
        try pipe.send(WorkerOrder.paint(PaintOrder(job: "b", request: "{}")), bytes: bytes)
        let first = try #require(try pipe.receive(WorkerOrder.self))
        #expect(first.0 == .cancel(job: "一") && first.1.isEmpty)
        let second = try #require(try pipe.receive(WorkerOrder.self))
        #expect(second.0 == .paint(PaintOrder(job: "b", request: "{}")) && second.1 == bytes)
    }

    @Test("The other side's end is no message; its beginning of one is none either")
    func end() throws {
        let (reading, writing) = try ends()
        let pipe = MessagePipe(reading: reading, writing: dup(STDERR_FILENO))
        let half: [UInt8] = [0, 0, 0, 200, 0, 0, 0, 0, 0x7B]
        #expect(write(writing, half, half.count) == half.count)
        close(writing)
        #expect(try pipe.receive(WorkerOrder.self) == nil)
    }

    @Test("A message that claims gigabytes is refused before memory is taken")
    func tooLarge() throws {
        let (reading, writing) = try ends()
        let pipe = MessagePipe(reading: reading, writing: writing)
        let head: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0]
        #expect(write(writing, head, head.count) == head.count)
        #expect(throws: (any Error).self) { try pipe.receive(WorkerOrder.self) }
    }

    @Test("A message that the other side would not read is not sent, and fails what it is of alone")
    func tooLargeToSend() throws {
        let (reading, writing) = try ends()
        let pipe = MessagePipe(reading: reading, writing: writing)
        let failure = try #require(throws: WorkFailure.self) {
            try pipe.send(
                WorkerOrder.cancel(job: "a"), bytes: Data(count: MessagePipe.largest + 1))
        }
        #expect(failure.code == .invalidRequest && failure.message.contains("256 MiB"))
        #expect(WorkFailure(failure as any Error) == failure)
        try pipe.send(WorkerOrder.cancel(job: "b"))
        #expect(try pipe.receive(WorkerOrder.self)?.0 == .cancel(job: "b"))
    }
}

import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct EventFileTests {
    private func temporaryFolder() -> String {
        FileManager.default.temporaryDirectory.path + "/events-\(UUID().uuidString)/run/train"
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func checksums() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
        // RFC 3720, appendix B.4.
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.masked([UInt8](repeating: 0, count: 8)) == 0x0798_0329)
    }

    @Test func recordsAreTheExpectedBytes() {
        let version = TensorBoardEvent.record(TensorBoardEvent.version(time: 1_700_000_000))
        #expect(
            hexadecimal(version)
                == "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d"
        )
        let scalar = TensorBoardEvent.scalar("loss", 0.5, step: 1, time: 1_700_000_001)
        #expect(
            hexadecimal(TensorBoardEvent.record(scalar))
                == "1a00000000000000129bd82d0900004040fc54d94110012a0d0a0b0a046c6f7373150000003f97d67404"
        )
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let log = try EventFileWriter(folder: temporaryFolder(), clock: { 1_700_000_000 })
        #expect(log.path.contains("events.out.tfevents.1700000000."))
        try log.scalar("loss/train", .nan, step: 300)
        try log.image("samples/猫", encoded: [1, 2, 3], width: 64, height: 32, step: 5)
        try log.text("prompt", "**一只红色的猫**", step: 0)

        let events = try EventFileReader.events(try readFile(log.path), checksum: CRC32C.masked)
        #expect(events.count == 4)
        let scalar = try EventFileReader.fields(events[1])
        #expect(scalar[1].field == .varint(300))
        let value = try EventFileReader.fields(try EventFileReader.bytes(events[1], 5, 1))
        #expect(value[0].field == .bytes(Array("loss/train".utf8)))
        #expect(value[1].field == .fixed(littleEndianBytes(Float.nan.bitPattern)))
        let image = try EventFileReader.fields(try EventFileReader.bytes(events[2], 5, 1, 4))
        #expect(image.map(\.field) == [.varint(32), .varint(64), .varint(3), .bytes([1, 2, 3])])
        #expect(try EventFileReader.bytes(events[3], 5, 1, 8, 8) == Array("**一只红色的猫**".utf8))
        #expect(try EventFileReader.bytes(events[3], 5, 1, 9, 1, 1) == Array("text".utf8))
    }

    @Test func brokenFilesAreNoticed() throws {
        let log = try EventFileWriter(folder: temporaryFolder())
        try log.scalar("loss", 1, step: 1)
        let bytes = try readFile(log.path)
        let cut = Array(bytes.dropLast(3))
        #expect(try EventFileReader.events(cut, checksum: CRC32C.masked).count == 1)
        for position in [0, 9, 14, bytes.count - 1] {
            var damaged = bytes
            damaged[position] ^= 1
            #expect(throws: EventFileReader.Broken.self) {
                try EventFileReader.events(damaged, checksum: CRC32C.masked)
            }
        }
    }

    @Test func aResumedRunWritesANewFile() throws {
        let folder = temporaryFolder()
        let clock = { 1_700_000_000.0 }
        let first = try EventFileWriter(folder: folder, clock: clock)
        let second = try EventFileWriter(folder: folder, clock: clock)
        #expect(first.path != second.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
    }
}

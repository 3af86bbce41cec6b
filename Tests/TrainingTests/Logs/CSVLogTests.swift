import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct CSVLogTests {
    let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).csv"

    private func text() throws -> String { String(decoding: try readFile(path), as: UTF8.self) }

    @Test func rowsAreAppended() throws {
        let log = try CSVLog(path: path, columns: ["loss", "rate, \"warm\""])
        try log.append(step: 1, ["loss": 0.5, "rate, \"warm\"": 1e-5])
        try log.append(step: 2, ["loss": .nan])
        try log.append(step: 3, ["loss": -.infinity])
        #expect(
            try text()
                == "step,loss,\"rate, \"\"warm\"\"\"\n1,0.5,1e-05\n2,nan,\n3,-inf,\n")
    }

    @Test func resumingRemovesLaterSteps() throws {
        let log = try CSVLog(path: path, columns: ["loss"])
        for step in 1...5 { try log.append(step: step, ["loss": Double(step)]) }
        let resumed = try CSVLog(path: path, columns: ["loss"], resumingAfter: 3)
        try resumed.append(step: 4, ["loss": 40])
        #expect(try text() == "step,loss\n1,1.0\n2,2.0\n3,3.0\n4,40.0\n")
    }

    @Test func anIncompleteRowIsRemoved() throws {
        try AtomicFile.write("step,loss\n1,1.0\n2\n2,2.", to: path)
        _ = try CSVLog(path: path, columns: ["loss"], resumingAfter: 9)
        #expect(try text() == "step,loss\n1,1.0\n")
    }

    @Test func columnsAreMerged() throws {
        try AtomicFile.write("step,old,\"a,\"\"b\"\"\"\r\n1,1.0,2.0\r\n", to: path)
        let log = try CSVLog(path: path, columns: ["new", "old"], resumingAfter: 1)
        #expect(log.columns == ["old", "a,\"b\"", "new"])
        try log.append(step: 2, ["new": 3])
        #expect(try text() == "step,old,\"a,\"\"b\"\"\",new\n1,1.0,2.0,\n2,,,3.0\n")
    }

    @Test func aNewRunReplacesTheTable() throws {
        try AtomicFile.write("step,loss\n1,1.0\n", to: path)
        _ = try CSVLog(path: path, columns: ["loss"])
        #expect(try text() == "step,loss\n")
    }

    @Test func otherFilesAreRefused() throws {
        try AtomicFile.write("dear diary\n", to: path)
        #expect(throws: FileError.self) {
            try CSVLog(path: path, columns: ["loss"], resumingAfter: 1)
        }
        #expect(try text() == "dear diary\n")
    }
}

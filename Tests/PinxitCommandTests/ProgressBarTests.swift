import Testing

@testable import PinxitCommand

/// The bar is one line of any terminal.
@Suite struct ProgressBarTests {
    private func line(_ columns: Int) -> String {
        ProgressBar.line(
            "picture 2 of 4", done: 5, total: 20, pace: "3.1 steps/s", left: "12 s left",
            columns: columns)
    }

    @Test("No terminal is too narrow, and the last column stays free")
    func fits() {
        for columns in 1...120 {
            #expect(line(columns).count < columns || columns == 1, "\(columns) columns")
        }
        #expect(line(1) == "")
    }

    @Test("What matters least goes first")
    func goesFirst() {
        #expect(line(80) == "picture 2 of 4 ██████░░░░░░░░░░░░░░░░░░ 5/20  3.1 steps/s  12 s left")
        #expect(line(60) == "picture 2 of 4 ██████░░░░░░░░░░░░░░░░░░ 5/20  12 s left")
        #expect(line(43) == "picture 2 of 4 ██░░░░░░░░ 5/20  12 s left")
        #expect(line(40) == "picture 2 of 4 ██░░░░░░░░ 5/20")
        #expect(line(20) == "██░░░░░░░░ 5/20")
        #expect(line(4) == "5/2")
    }
}

import PinxitFiles
import Testing

@Suite struct JSONTests {
    @Test func valuesAreRead() throws {
        let value = try JSONValue(
            parsing: #" {"a": [1, -2.5e2, true, null], "é": "\u00e9\n\ud83d\ude00/", "0": 0} "#)
        #expect(value.encoded(indented: false) == #"{"a":[1,-250.0,true,null],"é":"é\n😀/","0":0}"#)
    }

    @Test func namesAreComparedByBytes() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        guard case .integer(1) = value["\u{E9}"], case .integer(2) = value["e\u{301}"] else {
            Issue.record("the two spellings of é were taken for one")
            return
        }
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "01", "1.", "-", "+1", "1e999", "nul", "[1 2]",
        "\"\u{1}\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"open", "{} {}",
        "{\"a\":1,\"a\":2}",
        "// no\n1", "{\"a\"}", "Nan", "-NaN", "infinity", "\"\\u12\"",
    ])
    func brokenTextIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test func numbersThatAreNotFiniteAreThoseOfPython() throws {
        let text = #"{"a":[NaN,Infinity,-Infinity,1.5]}"#
        let value = try JSONValue(parsing: text)
        #expect(value.encoded(indented: false) == text)
        let fields = try JSONField(file: "f", path: "", value: value)["a"].array()
        #expect(try fields[2].extendedDouble() == -.infinity)
        #expect(try fields[3].double() == 1.5)
        for field in fields.prefix(3) {
            let error = #expect(throws: FileError.self) { try field.double() }
            #expect(error?.description.contains("expected a finite number") == true)
        }
    }

    @Test func brokenUTF8IsRefused() {
        for bytes in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xE4, 0x22],
        ] {
            #expect(throws: JSONSyntaxError.self) {
                try bytes.map(UInt8.init).withUnsafeBytes { try JSONValue(parsing: $0) }
            }
        }
    }

    @Test func depthIsLimited() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(64))
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(1_000_000)) }
    }

    @Test func errorsNameTheField() throws {
        let root = JSONField(
            file: "config.json", path: "",
            value: try JSONValue(parsing: #"{"text": {"width": "big", "layers": [1, 2.5]}}"#))
        func message(_ body: () throws(FileError) -> Void) -> String? {
            do { try body() } catch { return error.description }
            return nil
        }
        #expect(
            message { () throws(FileError) in _ = try root["text"]["width"].int() }
                == "config.json: text.width: expected an integer, found a string")
        #expect(
            message { () throws(FileError) in _ = try root["text"]["heads"].int() }
                == "config.json: text.heads: is missing; expected an integer")
        #expect(
            message { () throws(FileError) in _ = try root["text"]["layers"].ints() }
                == "config.json: text.layers[1]: expected an integer, found a number")
        #expect(try root["text"]["heads"].int(or: 8) == 8)
        #expect(try root["text"]["layers"].array()[1].double() == 2.5)
    }
}

import Testing

@testable import PinxitHTTPAPI

@Suite struct MultipartTests {
    private func parts(_ body: String, boundary: String = "b") throws -> [(String, String)] {
        let type = "multipart/form-data; boundary=\(boundary)"
        return try Multipart(Array(body.utf8), type: type).parts.map { ($0.name, $0.text) }
    }

    @Test("Parts come with their names, and their bytes as they are")
    func reading() throws {
        let parts = try parts(
            """
            --b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n一只猫\r\n\
            --b\r\ncontent-disposition: form-data; filename="a\\"; name=x"; name=image[]\r\n\
            Content-Type: image/png\r\n\r\n\r\n--bb\r\n\r\n--b--\r\n
            """)
        #expect(parts.count == 2)
        #expect(parts[0] == ("prompt", "一只猫"))
        #expect(parts[1].0 == "image[]")
    }

    @Test(
        "What is not well formed is refused",
        arguments: [
            "", "--b", "--b\r\n", "--b\r\n\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
        ])
    func refusing(_ body: String) {
        #expect(throws: APIError.self) { try parts(body) }
    }

    @Test("More parts than anybody sends are refused")
    func many() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        #expect(throws: APIError.self) {
            try parts(String(repeating: part, count: 65) + "--b--")
        }
    }
}

import FoundationEssentials

func readBytes(_ file: String) throws(DatasetError) -> Data {
    do {
        return try Data(contentsOf: URL(filePath: file))
    } catch {
        throw .unreadable(file: file, reason: systemReason(error))
    }
}

func readText(_ file: String) throws(DatasetError) -> String {
    guard let text = String(bytes: try readBytes(file), encoding: .utf8) else {
        throw .unreadable(file: file, reason: "not UTF-8 text")
    }
    return text
}

func writeBytes(_ bytes: Data, to file: String) throws(DatasetError) {
    do {
        try bytes.write(to: URL(filePath: file), options: .atomic)
    } catch {
        throw .cannotWrite(file: file, reason: systemReason(error))
    }
}

import PinxitFiles
import PinxitPlatform

/// Fonts that this system has, wherever they are: by fontconfig where it is installed, as
/// `fc-match` finds them, or else by looking through the usual folders.
enum InstalledFonts {
    /// The font that shows a code point best, opened.
    ///
    /// - Returns: Nil where no font has it.
    static func face(with codePoint: UInt32, size: Int) -> FontFace? {
        let hex = String(codePoint, radix: 16)
        let found = Fontconfig.shared?.match("sans-serif:charset=\(hex)").map { [$0] }
        for file in found ?? usual where isFont(file.path) {
            guard let face = try? FontFace(file: file.path, index: file.index),
                face.glyph(codePoint) != 0, (try? face.setPixelSize(size)) != nil,
                // Fonts of coloured pictures have no letters in black.
                face.draw(face.glyph(codePoint), color: false)?.channels == 1
            else { continue }
            return face
        }
        return nil
    }

    /// A file and which of its fonts.
    struct Found {
        let path: String
        let index: Int
    }

    private static func isFont(_ path: String) -> Bool {
        [".ttf", ".otf", ".ttc", ".otc", ".pfb"].contains { path.lowercased().hasSuffix($0) }
    }

    /// All font files of the usual folders, a few thousand at most.
    private static let usual: [Found] = {
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        var folders = ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts"]
        if !home.isEmpty { folders += [home.path(".fonts"), home.path(".local/share/fonts")] }
        var files: [Found] = []
        var looked = 0
        while let folder = folders.popLast(), looked < 2000, files.count < 4000 {
            looked += 1
            guard let entries = opendir(folder) else { continue }
            defer { closedir(entries) }
            while let entry = readdir(entries) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard !name.hasPrefix(".") else { continue }
                let path = folder.path(name)
                if isFont(path) {
                    files.append(Found(path: path, index: 0))
                } else if entry.pointee.d_type == 4 {  // DT_DIR
                    folders.append(path)
                }
            }
        }
        return files.sorted { $0.path < $1.path }
    }()
}

/// fontconfig, which is looked for when the program runs: nothing needs it.
private struct Fontconfig: @unchecked Sendable {
    // Its functions may be called from any thread (fontconfig 2.10 and later).
    private typealias Parse = @convention(c) (UnsafePointer<UInt8>) -> OpaquePointer?
    private typealias Substitute = @convention(c) (OpaquePointer?, OpaquePointer, UInt32) -> Int32
    private typealias Complete = @convention(c) (OpaquePointer) -> Void
    private typealias Match =
        @convention(c) (
            OpaquePointer?, OpaquePointer, UnsafeMutablePointer<UInt32>
        ) -> OpaquePointer?
    private typealias Text =
        @convention(c) (
            OpaquePointer, UnsafePointer<CChar>, Int32,
            UnsafeMutablePointer<UnsafePointer<CChar>?>
        ) -> UInt32
    private typealias Number =
        @convention(c) (
            OpaquePointer, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<Int32>
        ) -> UInt32

    private let parse: Parse
    private let substitute: Substitute
    private let complete: Complete
    private let matching: Match
    private let text: Text
    private let number: Number
    private let destroy: Complete

    /// Nil where it is not installed.
    static let shared = Fontconfig()

    private init?() {
        guard let library = dlopen("libfontconfig.so.1", RTLD_LAZY) else { return nil }
        func find<Function>(_ name: String, _: Function.Type) -> Function? {
            dlsym(library, name).map { unsafeBitCast($0, to: Function.self) }
        }
        guard let parse = find("FcNameParse", Parse.self),
            let substitute = find("FcConfigSubstitute", Substitute.self),
            let complete = find("FcDefaultSubstitute", Complete.self),
            let matching = find("FcFontMatch", Match.self),
            let text = find("FcPatternGetString", Text.self),
            let number = find("FcPatternGetInteger", Number.self),
            let destroy = find("FcPatternDestroy", Complete.self)
        else { return nil }
        (self.parse, self.substitute, self.complete) = (parse, substitute, complete)
        (self.matching, self.text, self.number) = (matching, text, number)
        self.destroy = destroy
    }

    /// As `fc-match PATTERN` does.
    func match(_ pattern: String) -> InstalledFonts.Found? {
        guard
            let wanted = Array(pattern.utf8 + [0]).withUnsafeBufferPointer({ bytes in
                bytes.baseAddress.flatMap { parse($0) }
            })
        else { return nil }
        defer { destroy(wanted) }
        _ = substitute(nil, wanted, 0)  // FcMatchPattern
        complete(wanted)
        var result: UInt32 = 0
        guard let found = matching(nil, wanted, &result) else { return nil }
        defer { destroy(found) }
        var file: UnsafePointer<CChar>?
        guard text(found, "file", 0, &file) == 0, let file else { return nil }
        var index: Int32 = 0
        if number(found, "index", 0, &index) != 0 { index = 0 }
        return InstalledFonts.Found(path: String(cString: file), index: Int(index))
    }
}

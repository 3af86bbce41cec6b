import FoundationEssentials
import Pinxit
import PinxitDatasets
import PinxitFiles
import PinxitPlatform
import PinxitTensors

/// What `pinxit doctor` looks at.
enum Diagnosis {
    static func all() async -> [Check] {
        await program() + libraries() + models() + library() + recipes() + fonts() + surroundings()
    }

    private static func program() async -> [Check] {
        let (kernels, products, threads) = await Engine.run {
            (Engine.kernels, Engine.bf16Products, Engine.threads)
        }
        let topic = "Pinxit \(pinxitVersion)"
        let system = text("/proc/cpuinfo").value(of: "model name") ?? "unknown processor"
        let load = MachineLoad.now
        var checks = [
            Check(
                topic: topic, state: .ok,
                text: "\(system), \(load.processors) processors, \(threads) threads used"),
            Check(
                topic: topic, state: .ok,
                text: "kernels \(kernels), bf16 is multiplied by \(products)"),
        ]
        if kernels == "portable" {
            checks.append(
                Check(
                    topic: topic, state: .note,
                    text: "this processor has no AVX2, or is kept from it",
                    remedy: "everything works in f32, several times slower"))
        }
        if let others = load.others, others > 0 {
            checks.append(
                Check(
                    topic: topic, state: .note,
                    text: "\(others) other programs or threads want to run just now",
                    remedy: "painting takes longer beside them"))
        }
        if let available = text("/proc/meminfo").value(of: "MemAvailable"),
            let kilobytes = Int(available.prefix { $0.isNumber })
        {
            let gigabytes = decimal(Double(kilobytes) / 1_048_576, 1)
            checks.append(
                Check(
                    topic: topic, state: kilobytes < 500_000 ? .note : .ok,
                    text: "\(gigabytes) GiB of memory are free",
                    remedy: kilobytes < 500_000 ? "--low-memory takes less" : nil))
        }
        return checks
    }

    /// The shared libraries that are loaded, by the names of their files, which hold versions.
    private static func libraries() -> [Check] {
        let maps = text("/proc/self/maps")
        let files = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last })
        let named = [
            ("oneDNN", "libdnnl.so"), ("OpenMP", "libgomp.so"), ("FreeType", "libfreetype.so"),
            ("PNG", "libpng16.so"), ("JPEG", "libjpeg.so"), ("WebP", "libwebp.so"),
            ("colour profiles", "liblcms2.so"),
        ]
        return named.compactMap { name, prefix in
            guard let file = files.first(where: { String($0).lastPathPart.hasPrefix(prefix) })
            else { return nil }
            let version = name == "oneDNN" ? " \(Engine.oneDNNVersion)" : ""
            return Check(topic: "Libraries", state: .ok, text: "\(name)\(version): \(file)")
        }
    }

    private static func models() -> [Check] {
        let topic = "Models"
        let folders = (try? ModelSearch.all()) ?? []
        var checks = folders.map { folder in
            do {
                _ = try ModelFacts(try ModelFolder(folder))
                return Check(
                    topic: topic, state: .ok, text: "\(folder.lastPathPart): \(folder)")
            } catch {
                return Check(
                    topic: topic, state: .note, text: "\(folder.lastPathPart): \(error)",
                    remedy: "copy it anew; git lfs pull, if it came by git")
            }
        }
        do {
            let folder = try ModelSearch(option: nil).folder()
            _ = try ModelFacts(try ModelFolder(folder))
            checks.append(
                Check(topic: topic, state: .ok, text: "\(folder.lastPathPart) is used by itself"))
        } catch {
            checks.append(
                Check(
                    topic: topic, state: .wrong, text: "\(error)",
                    remedy: "--model or PINXIT_MODEL names a folder in the diffusers layout; "
                        + "Pinxit's own are in Models of its repository"))
        }
        return checks
    }

    /// Where models from elsewhere are looked for.
    private static func library() -> [Check] {
        let topic = "Models from elsewhere"
        do {
            let library = try ModelLibrary()
            return library.folders.map { folder in
                fileExists(folder)
                    ? Check(topic: topic, state: .ok, text: folder)
                    : Check(
                        topic: topic, state: .note, text: "\(folder) is not there",
                        remedy: "PINXIT_MODELS and config.toml name folders")
            }
        } catch {
            return [
                Check(topic: topic, state: .wrong, text: "\(error)", remedy: "mend or remove it")
            ]
        }
    }

    private static func recipes() -> [Check] {
        let file = Shelves.recipe("diffusion.json")
        guard fileExists(file) else {
            return [
                Check(
                    topic: "Training", state: .note, text: "no Recipes were found",
                    remedy: "pinxit train --config names one; they are in Pinxit's repository")
            ]
        }
        var checks = [Check(topic: "Training", state: .ok, text: "recipes: \(file.parentPath)")]
        let missing = SourceCache(folder: DatasetMakeCommand.defaultCache).missing().count
        if missing > 0 {
            checks.append(
                Check(
                    topic: "Training", state: .note,
                    text: "\(missing) source files of training pictures are not there",
                    remedy:
                        "pinxit dataset --download --output data gets them (65 MB; it needs python3-pip)"
                ))
        }
        return checks
    }

    private static func fonts() -> [Check] {
        let topic = "Fonts of sheets"
        guard LabelFont.isFound else {
            return [
                Check(
                    topic: topic, state: .note, text: LabelFont.missing,
                    remedy: "apt-get install fonts-dejavu-core fonts-wqy-microhei")
            ]
        }
        guard LabelFont.isChineseFound else {
            return [
                Check(topic: topic, state: .ok, text: "Latin letters"),
                Check(
                    topic: topic, state: .note, text: LabelFont.missingChinese,
                    remedy: "apt-get install fonts-wqy-microhei"),
            ]
        }
        return [Check(topic: topic, state: .ok, text: "Latin letters and Chinese")]
    }

    /// What changes the program's ways, and where it would write.
    private static func surroundings() -> [Check] {
        let topic = "Here"
        let known = [
            "PINXIT_MODEL", "PINXIT_MODELS", "PINXIT_KERNELS", "PINXIT_BF16", "PINXIT_CONVOLUTION",
            "OMP_NUM_THREADS", "OMP_WAIT_POLICY",
        ]
        let environment = ProcessInfo.processInfo.environment
        var checks = known.compactMap { name in
            environment[name].flatMap { value in
                value.isEmpty
                    ? nil : Check(topic: topic, state: .note, text: "\(name)=\(value) is set")
            }
        }
        let place = fileExists("paintings") ? "paintings" : "."
        checks.append(
            access(place, W_OK) == 0
                ? Check(topic: topic, state: .ok, text: "pictures go to paintings/")
                : Check(
                    topic: topic, state: .note, text: "paintings/ cannot be written here",
                    remedy: "go to another folder, or say --output"))
        return checks
    }

    /// A file of the system, read to its end: those of /proc say no size.
    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &bytes, bytes.count), count > 0 {
            text += bytes.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension String {
    /// What stands behind `key` and a colon in the first line that begins with it.
    fileprivate func value(of key: String) -> String? {
        guard let line = split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        return String(line[line.index(after: colon)...].drop { $0.isWhitespace })
    }
}

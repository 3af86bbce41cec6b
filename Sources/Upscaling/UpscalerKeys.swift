import PinxitFiles
import PinxitTensors

/// What the keys of an upscaler's file say: which network it is, and of which sizes.
enum UpscalerKind: Equatable {
    case rrdb(RRDBNet.Sizes)
    case compact(CompactNet.Sizes)

    private static let accepted =
        "ESRGAN and Real-ESRGAN (RRDBNet), and their small networks (SRVGGNetCompact) are accepted"

    /// - Parameter shapes: Of the tensors, by the names of ``UpscalerKeys``.
    /// - Throws: `FileError` for a file of another kind, or one whose sizes are none.
    init(_ shapes: [String: [Int]], file: String) throws(FileError) {
        guard !shapes.keys.contains(where: { $0.contains("attn") || $0.contains("relative") })
        else {
            throw FileError(
                path: file,
                problem: "is a transformer, not a network of convolutions; "
                    + Self.accepted)
        }
        if shapes["body.0.rdb1.conv1.weight"] != nil {
            self = .rrdb(try Self.rrdb(shapes, file))
        } else if shapes["body.0.weight"] != nil, shapes["body.1.weight"]?.count == 1 {
            self = .compact(try Self.compact(shapes, file))
        } else {
            let some = shapes.keys.sorted().prefix(3).joined(separator: ", ")
            throw FileError(
                path: file, problem: "is no upscaler: it holds \(some); " + Self.accepted)
        }
    }

    private static func rrdb(
        _ shapes: [String: [Int]], _ file: String
    ) throws(FileError) -> RRDBNet.Sizes {
        let first = try shape("conv_first.weight", shapes, file)
        let growth = try shape("body.0.rdb1.conv1.weight", shapes, file)[0]
        let blocks = count(shapes) { "body.\($0).rdb1.conv1.weight" }
        let doublings = count(shapes) { "conv_up\($0 + 1).weight" }
        let folding = [3: 1, 12: 2, 48: 4][first[1]]
        guard let folding, doublings <= 4, (1 << doublings) % folding == 0 else {
            throw FileError(
                path: file, field: "conv_first.weight",
                problem: "takes \(first[1]) channels; 3, 12 and 48 are accepted, those that the "
                    + "\(doublings) doublings make up for")
        }
        try check(first[0], growth, blocks, file)
        return RRDBNet.Sizes(
            scale: (1 << doublings) / folding, folding: folding, features: first[0],
            growth: growth, blocks: blocks, doublings: doublings)
    }

    private static func compact(
        _ shapes: [String: [Int]], _ file: String
    ) throws(FileError) -> CompactNet.Sizes {
        let features = try shape("body.0.weight", shapes, file)[0]
        let count = count(shapes) { "body.\($0).weight" }
        let last = try shape("body.\(count - 1).weight", shapes, file)[0]
        guard let scale = (1...8).first(where: { 3 * $0 * $0 == last }), count % 2 == 1, count > 4
        else {
            throw FileError(
                path: file, field: "body.\(count - 1).weight",
                problem: "gives \(last) channels; 3, 12, 27, 48 and so on are accepted")
        }
        try check(features, 1, count, file)
        return CompactNet.Sizes(
            scale: scale, features: features, convolutions: (count - 3) / 2)
    }

    private static func count(_ shapes: [String: [Int]], _ name: (Int) -> String) -> Int {
        var count = 0
        while shapes[name(count)] != nil { count += 1 }
        return count
    }

    private static func shape(
        _ name: String, _ shapes: [String: [Int]], _ file: String
    ) throws(FileError) -> [Int] {
        guard let shape = shapes[name], shape.count == 4 else {
            throw FileError(
                path: file, field: name,
                problem: shapes[name].map { "has the shape \($0); four numbers are accepted" }
                    ?? "is missing")
        }
        return shape
    }

    /// Sizes whose network would not fit any memory are refused before it is built.
    private static func check(
        _ features: Int, _ growth: Int, _ blocks: Int, _ file: String
    ) throws(FileError) {
        for (what, number, most) in [
            ("features", features, 1024), ("growth", growth, 1024), ("blocks", blocks, 1000),
        ] where !(1...most).contains(number) {
            throw FileError(
                path: file, problem: "\(what): \(number); 1 to \(most) are accepted")
        }
    }
}

/// The three spellings that ESRGAN's parameters come in, as one: BasicSR's.
enum UpscalerKeys {
    /// The tensors under BasicSR's names, without what training wraps around them.
    static func renamed<Value>(_ entries: [String: Value]) -> [String: Value] {
        let entries = unwrapped(entries)
        let last = entries.keys.compactMap(place).max() ?? 0
        return entries.reduce(into: [:]) { result, entry in
            result[name(entry.key, last: last)] = entry.value
        }
    }

    /// Of `params_ema` and `params` the first, which is the better.
    private static func unwrapped<Value>(_ entries: [String: Value]) -> [String: Value] {
        for prefix in ["params_ema.", "params.", "model_state_dict.", "module."] {
            let inner = entries.filter { $0.key.hasPrefix(prefix) }
            guard !inner.isEmpty else { continue }
            return unwrapped(
                Dictionary(
                    inner.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
                ) { $1 })
        }
        return entries
    }

    /// N of `model.N.weight`, where the first release counts its layers.
    private static func place(_ key: String) -> Int? {
        let parts = key.split(separator: ".")
        return parts.count == 3 && parts[0] == "model" ? Int(parts[1]) : nil
    }

    private static func name(_ key: String, last: Int) -> String {
        var parts = key.split(separator: ".").map(String.init)
        guard let end = parts.popLast() else { return key }
        if parts.count == 2, parts[0] == "model", let place = Int(parts[1]) {
            return layer(place, last).map { "\($0).\(end)" } ?? key
        }
        let isFirstRelease = parts.prefix(3) == ["model", "1", "sub"]
        if isFirstRelease, parts.count == 4 { return "conv_body.\(end)" }
        if isFirstRelease { parts.replaceSubrange(0..<3, with: ["body"]) }
        let renamed = [
            "RRDB_trunk": "body", "trunk_conv": "conv_body", "HRconv": "conv_hr",
            "upconv1": "conv_up1", "upconv2": "conv_up2", "upconv3": "conv_up3",
        ]
        parts = parts.map { renamed[$0] ?? $0.replacing("RDB", with: "rdb") }
        // The first release wraps each convolution in a sequence of one.
        if parts.count > 4, parts.last == "0" { parts.removeLast() }
        return (parts + [end]).joined(separator: ".")
    }

    /// What the first release numbers: 0, a doubling at every third, and the two last.
    private static func layer(_ place: Int, _ last: Int) -> String? {
        switch place {
        case 0: "conv_first"
        case last: "conv_last"
        case last - 2: "conv_hr"
        case _ where place % 3 == 0: "conv_up\(place / 3)"
        default: nil
        }
    }
}

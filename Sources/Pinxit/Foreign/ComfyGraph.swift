import PinxitFiles

/// A graph of ComfyUI, as it runs it: nodes by number, with a class and inputs, each a value or a
/// link to another node's output.
struct ComfyGraph {
    struct Node {
        let id: String
        let type: String
        let inputs: JSONValue
    }

    let nodes: [String: Node]
    /// In the order of their numbers.
    let ordered: [Node]

    private static let most = 5000

    /// Reads the text `prompt`; nil for any other JSON, and for more nodes than a picture needs.
    init?(_ json: JSONValue) {
        guard case .object(let members) = json, !members.isEmpty, members.count <= Self.most else {
            return nil
        }
        var nodes: [Node] = []
        for member in members {
            guard let type = member.value["class_type"]?.text else { continue }
            nodes.append(
                Node(id: member.name, type: type, inputs: member.value["inputs"] ?? .object([])))
        }
        self.init(nodes)
    }

    init?(_ nodes: [Node]) {
        guard !nodes.isEmpty, nodes.count <= Self.most else { return nil }
        func number(_ node: Node) -> Int { Int(node.id.split(separator: ":").last ?? "") ?? .max }
        ordered = nodes.sorted { number($0) < number($1) }
        self.nodes = Dictionary(nodes.map { ($0.id, $0) }) { first, _ in first }
    }

    /// The node whose output is an input.
    func source(_ node: Node, _ input: String) -> Node? { link(node, input)?.node }

    /// The same, and which of its outputs.
    func link(_ node: Node, _ input: String) -> (node: Node, output: Int)? {
        guard case .array(let link)? = node.inputs[input], link.count == 2,
            let id = link[0].text, let source = nodes[id]
        else { return nil }
        return (source, link[1].text.flatMap { Int($0) } ?? 0)
    }

    /// The value of an input, through nodes that only hold one, or join two texts.
    func value(_ node: Node, _ inputs: String...) -> JSONValue? {
        for input in inputs {
            if let value = value(node, input, within: 20) { return value }
        }
        return nil
    }

    /// - Parameter steps: How far to go.
    private func value(_ node: Node, _ input: String, within steps: Int) -> JSONValue? {
        guard let source = source(node, input) else {
            if case .array? = node.inputs[input] { return nil }
            return node.inputs[input]
        }
        guard steps > 0 else { return nil }
        if source.type == "StringConcatenate" { return joined(source, within: steps) }
        let names = ["value", "text", "string", "seed", "noise_seed", "int", "float"]
        guard let next = names.first(where: { source.inputs[$0] != nil }) else { return nil }
        return value(source, next, within: steps - 1)
    }

    /// What a node of the web UI's own joins; nil where a part is not told, or the text is longer
    /// than a prompt.
    private func joined(_ node: Node, within steps: Int) -> JSONValue? {
        // Each has two that may be such again.
        guard let first = value(node, "string_a", within: steps - 4)?.text,
            let second = value(node, "string_b", within: steps - 4)?.text
        else { return nil }
        let text = [first, second]
            .joined(separator: value(node, "delimiter", within: 1)?.text ?? "")
        return text.utf8.count <= 100_000 ? .string(text) : nil
    }

    /// Walks from an input up through nodes of one kind of link, each once.
    ///
    /// - Parameters:
    ///   - names: What the link is called in the nodes on the way, in order of preference.
    ///   - visit: Called with each node; false ends the walk.
    func walk(_ start: Node?, by names: [String], _ visit: (Node) -> Bool) {
        var (node, seen) = (start, Set<String>())
        while let current = node, seen.insert(current.id).inserted, visit(current) {
            node = names.lazy.compactMap { source(current, $0) }.first
        }
    }

    /// Whether an input of a node, or of one before it, comes from another.
    func reaches(_ id: String, from start: Node) -> Bool {
        var (waiting, seen) = ([start], Set<String>())
        while let node = waiting.popLast() {
            guard seen.insert(node.id).inserted else { continue }
            if node.id == id { return true }
            guard case .object(let inputs) = node.inputs else { continue }
            waiting += inputs.compactMap { source(node, $0.name) }
        }
        return false
    }
}

import FoundationEssentials
import PinxitFiles

extension DatasetRecipe {
    /// Refuses fields that are no settings, which decoding would pass over; `note` is free.
    ///
    /// - Throws: `DatasetError.badRecipe` with the field, what it may have been and what there is.
    static func checkNames(_ bytes: Data, _ file: String) throws(DatasetError) {
        var whole = DatasetRecipe()
        whole.variety = Variety()
        guard let known = (try? JSONEncoder().encode(whole)).flatMap(members),
            let read = members(bytes)
        else { return }
        try check(read, known, "", file)
    }

    private static func members(_ bytes: Data) -> [JSONMember]? {
        guard let text = String(bytes: bytes, encoding: .utf8),
            case .object(let members) = try? JSONValue(parsing: text)
        else { return nil }
        return members
    }

    private static func check(
        _ read: [JSONMember], _ known: [JSONMember], _ path: String, _ file: String
    ) throws(DatasetError) {
        let names = known.map(\.name).sorted()
        for member in read where member.name != "note" {
            guard let setting = known.first(where: { $0.name == member.name }) else {
                let meant = names.nearest(to: member.name).map { " (\($0)?)" }.first ?? ""
                throw .badRecipe(
                    file: file,
                    reason: "\(path)\(member.name) is no setting\(meant); accepted are "
                        + names.joined(separator: ", "))
            }
            if case .object(let inner) = member.value, case .object(let own) = setting.value {
                try check(inner, own, "\(path)\(member.name).", file)
            }
        }
    }
}

extension JSONValue {
    /// With the member of that name, where there is one, replaced.
    public func changing(
        _ name: String, _ change: (JSONValue) throws -> JSONValue
    ) rethrows -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(
            try members.map {
                $0.name == name ? JSONMember(name, try change($0.value)) : $0
            })
    }

    /// With the member of that name, new or in place of the one that is there; without it for nil.
    public func setting(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard case .object(let members) = self else { return self }
        let others = members.filter { $0.name != name }
        return .object(others + (value.map { [JSONMember(name, $0)] } ?? []))
    }
}

import ArgumentParser
import Pinxit

extension Option {
    /// An option of a request: names, help and what is accepted are those of its declaration.
    ///
    /// - Parameter parsing: `.unconditional` for a value that may begin with a dash.
    init<Wrapped: RequestValue>(
        _ declared: RequestOption<Wrapped>, parsing: SingleValueParsingStrategy = .next
    ) where Value == Wrapped? {
        self.init(
            name: declared.names, parsing: parsing, help: ArgumentHelp(declared.help),
            transform: { text in
                guard let value = Wrapped(text: text) else {
                    throw ValidationError("\(declared.accepted) is accepted")
                }
                return value
            })
    }
}

extension DeclaredOption {
    /// What it is called on the command line.
    var names: NameSpecification {
        let long = NameSpecification.Element.customLong(flag)
        return NameSpecification(short.map { [.customShort($0), long] } ?? [long])
    }
}

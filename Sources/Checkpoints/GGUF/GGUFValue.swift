/// A value of a GGUF file's header.
enum GGUFValue: Sendable {
    case integer(Int)
    case text(String)
    /// The first values of an array, and how many it has.
    case array([GGUFValue], count: Int)

    /// Values of an array that are kept: vocabularies have hundreds of thousands.
    static let longest = 64

    /// The least bytes of a value in the file; nil for what no array may hold.
    static func size(of type: UInt32) -> Int? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 8, 10, 11, 12: 8
        default: nil
        }
    }

    /// As it is told to people.
    var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .text(let text): text
        case .array(let values, let count):
            "[" + values.map(\.text).joined(separator: ", ")
                + (count > values.count ? ", … \(count) values]" : "]")
        }
    }

    /// The integers of an array that holds nothing else; nil for other values.
    var integers: [Int]? {
        guard case .array(let values, let count) = self, count == values.count else { return nil }
        let integers = values.compactMap { value in
            if case .integer(let integer) = value { integer } else { nil }
        }
        return integers.count == count ? integers : nil
    }
}

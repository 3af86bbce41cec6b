import Foundation
import Testing

@testable import PinxitServing

/// The databases that every test of the store runs on. PostgreSQL is among them where
/// `PINXIT_TEST_POSTGRES` says where there is one, as `make test-postgres` does.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres

    static let address = ProcessInfo.processInfo.environment["PINXIT_TEST_POSTGRES"]
    static let here: [StoreKind] = address == nil ? [.sqlite] : allCases

    var testDescription: String { rawValue }

    /// A store of its own, empty.
    func store(lease: Double = JobStore.usualLease) throws -> JobStore {
        switch self {
        case .sqlite:
            let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
            return JobStore(try SQLiteDatabase(folder: folder), lease: lease)
        case .postgres: return JobStore(try Self.database(try Self.schema()), lease: lease)
        }
    }

    /// Tables of their own, in the one database.
    static func schema() throws -> String {
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        try PostgresConnection(address ?? "").execute("CREATE SCHEMA \(name)")
        return name
    }

    /// Another server's way to the same tables.
    static func database(_ schema: String) throws -> PostgresDatabase {
        try PostgresDatabase(address(schema), connections: 4)
    }

    static func address(_ schema: String) -> String {
        let address = address ?? ""
        return address + (address.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)"
    }
}

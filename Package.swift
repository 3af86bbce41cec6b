// swift-tools-version: 6.2
import PackageDescription

// The rooms, ground floor first. An arrow may only point to a lower floor; `make lint` compares the
// `import` lines of each room with this table. A room's module has the name of its folder behind
// `Pinxit`, since module names must be unique among all packages of a program.

struct Room {
    let floor: Int
    let name: String
    let arrows: [String]
    var packages: [Target.Dependency] = []
    var tests: [String] = []  // more rooms that only the tests import
    var programs: [String] = []  // what the tests start
    var data: [String] = []  // files that the compiler puts into the program
}

/// C libraries are told apart by a C in front.
let libraries = [
    "COneDNN": "CPinxitOneDNN", "CCodecs": "CPinxitCodecs", "CFreeType": "CPinxitFreeType",
    "CMPI": "CPinxitMPI", "COpenSSL": "CPinxitOpenSSL", "CPostgreSQL": "CPinxitPostgreSQL",
]

func module(_ room: String) -> String {
    libraries[room] ?? (room == "Pinxit" ? room : "Pinxit" + room)
}

// swift-format-ignore
let rooms: [Room] = [
    Room(floor: 0, name: "Platform", arrows: []),
    Room(floor: 1, name: "Files", arrows: ["Platform", "Kernels"]),
    Room(floor: 2, name: "Tokenizers", arrows: ["Files"]),
    Room(floor: 2, name: "Tensors", arrows: ["COneDNN", "Platform", "Kernels"]),
    Room(floor: 3, name: "Autograd", arrows: ["Tensors"]),
    Room(floor: 3, name: "Layers", arrows: ["Platform", "Tensors"]),
    Room(floor: 3, name: "Images", arrows: ["CCodecs", "COpenSSL", "Platform", "Files", "Tensors"]),
    Room(floor: 3, name: "Samplers", arrows: ["Platform", "Files", "Tensors"]),
    Room(floor: 4, name: "Checkpoints", arrows: ["Kernels", "Files", "Tensors", "Layers"]),
    Room(floor: 4, name: "Datasets", arrows: ["CFreeType", "Platform", "Files", "Tokenizers", "Tensors", "Images"]),
    Room(floor: 5, name: "CLIP", arrows: ["Files", "Tokenizers", "Tensors", "Layers", "Images", "Checkpoints"], tests: ["Platform", "Autograd"]),
    Room(floor: 5, name: "Upscaling", arrows: ["Files", "Tensors", "Layers", "Images", "Checkpoints"]),
    Room(floor: 6, name: "StableDiffusion", arrows: ["Platform", "Files", "Tokenizers", "Tensors", "Layers", "Samplers", "Checkpoints", "CLIP"], tests: ["Autograd"]),
    Room(floor: 6, name: "DALLE", arrows: ["Platform", "Files", "Tokenizers", "Tensors", "Layers", "Images", "Samplers", "Checkpoints", "CLIP"], tests: ["Autograd"]),
    Room(floor: 6, name: "CLIPGAN", arrows: ["Files", "Tensors", "Layers", "Checkpoints", "CLIP"], tests: ["Autograd"]),
    Room(floor: 6, name: "Evaluation", arrows: ["Files", "Tensors", "Images", "Datasets", "CLIP"], tests: ["Tokenizers", "Layers"]),
    Room(floor: 7, name: "Pinxit", arrows: ["Platform", "Files", "Tokenizers", "Tensors", "Layers", "Images", "Samplers", "Checkpoints", "CLIP", "Upscaling", "StableDiffusion", "DALLE", "CLIPGAN"]),
    Room(floor: 8, name: "Workers", arrows: ["Platform", "Files", "Tensors", "Layers", "Images", "Checkpoints", "CLIP", "Pinxit"]),
    Room(floor: 8, name: "Training", arrows: ["CMPI", "Platform", "Files", "Tokenizers", "Tensors", "Autograd", "Layers", "Images", "Samplers", "Checkpoints", "Datasets", "CLIP", "StableDiffusion", "DALLE", "CLIPGAN", "Evaluation"]),
]

// The server has packages of its own, which take a minute to fetch. Who uses the library by its URL
// does without them, and so does the first `make paint`.
let hasServer =
    Context.environment["PINXIT_SERVER"] != "off"
    && !Context.packageDirectory.contains("/checkouts/")

// swift-format-ignore
let serverRooms: [Room] = [
    Room(floor: 9, name: "Serving", arrows: ["CPostgreSQL", "Platform", "Files", "Images", "Pinxit", "Workers"], packages: [.product(name: "GRDB", package: "GRDB.swift")], programs: ["PinxitFakePainter"], data: ["Policy/Rules/en.json", "Policy/Rules/zh.json"]),
    Room(floor: 10, name: "HTTPAPI", arrows: ["Files", "Playground", "Images", "Samplers", "Pinxit", "Workers", "Serving"], packages: [.product(name: "Hummingbird", package: "hummingbird")], tests: ["Platform"], programs: ["PinxitFakePainter", "PinxitServer", "PinxitCommand"]),
]

// Training on more than one machine needs OpenMPI, which pkg-config knows as ompi-c. A program that
// is linked with it starts nowhere else, so it is asked for: `make build MPI=1`.
let hasMPI = Context.environment["PINXIT_MPI"] == "on"

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
]

// Floors 0 and 1 that are C: libraries as they are, and our own kernels.
var targets: [Target] = [
    .target(
        name: "CPinxitOneDNN", path: "Sources/COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(
        name: "CPinxitFreeType", path: "Sources/CFreeType", pkgConfig: "freetype2",
        providers: [.apt(["libfreetype-dev"])]),
    .target(
        name: "CPinxitCodecs", path: "Sources/CCodecs",
        linkerSettings: ["png", "z", "jpeg", "webp", "lcms2"].map { .linkedLibrary($0) }),
    // Its libraries are opened when they are asked for: nothing here is linked to them.
    .target(
        name: "CPinxitOpenSSL", path: "Sources/COpenSSL",
        linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(
        name: "PinxitKernels", path: "Sources/Kernels",
        linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
    .target(
        name: "CPinxitMPI", dependencies: hasMPI ? ["CPinxitOpenMPI"] : [], path: "Sources/CMPI",
        cSettings: hasMPI ? [.define("PINXIT_MPI")] : []),
]
if hasMPI {
    targets.append(
        .systemLibrary(
            name: "CPinxitOpenMPI", path: "Sources/COpenMPI", pkgConfig: "ompi-c",
            providers: [.apt(["libopenmpi-dev"])]))
}
targets += (hasServer ? rooms + serverRooms : rooms).map { room in
    .target(
        name: module(room.name),
        dependencies: room.arrows.map { .target(name: module($0)) } + room.packages,
        path: "Sources/\(room.name)", resources: room.data.map { .embedInCode($0) },
        swiftSettings: strict)
}
let command = [
    "Platform", "Files", "Tokenizers", "Tensors", "Layers", "Images", "Samplers",
    "Checkpoints", "Datasets", "CLIP", "StableDiffusion", "DALLE", "Evaluation", "Pinxit",
    "Training", "Workers", "COpenSSL",
]
targets.append(
    .executableTarget(
        name: "PinxitCommand",
        dependencies: command.map { .target(name: module($0)) } + [
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "TOMLKit", package: "TOMLKit"),
        ],
        path: "Sources/PinxitCommand", swiftSettings: strict))

let server = ["Platform", "Files", "Pinxit", "Serving", "HTTPAPI"]
if hasServer {
    targets += [
        // libpq is opened when it is asked for: nothing here is linked to it.
        .target(
            name: "CPinxitPostgreSQL", path: "Sources/CPostgreSQL",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "PinxitPlayground", path: "Sources/Playground", exclude: ["Page"],
            linkerSettings: [.linkedLibrary("z")]),
        .executableTarget(
            name: "PinxitServer",
            dependencies: server.map { .target(name: module($0)) } + [
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Sources/PinxitServer", swiftSettings: strict),
        .executableTarget(
            name: "PinxitFakePainter",
            dependencies: ["Platform", "Files", "Images", "Workers"].map {
                .target(name: module($0))
            },
            path: "Tests/FakePainter", swiftSettings: strict),
    ]
}

let testSupport = ["Tensors", "Images", "Checkpoints", "Datasets"]
targets.append(
    .target(
        name: "PinxitTestSupport", dependencies: testSupport.map { .target(name: module($0)) },
        path: "Tests/TestSupport", swiftSettings: strict))
targets += (hasServer ? rooms + serverRooms : rooms).dropFirst().map { room in
    .testTarget(
        name: "\(room.name)Tests",
        dependencies: Set([room.name, "TestSupport"] + room.arrows + room.tests).sorted().map {
            .target(name: module($0))
        } + room.packages + room.programs.map { .target(name: $0) },
        swiftSettings: strict)
}
targets.append(
    .testTarget(name: "KernelsTests", dependencies: ["PinxitKernels"], swiftSettings: strict))
let commandTests = [
    "Files", "Tokenizers", "Tensors", "Images", "Samplers", "Checkpoints", "Datasets", "Pinxit",
    "Training",
]
targets.append(
    .testTarget(
        name: "PinxitCommandTests",
        dependencies: ["PinxitCommand", "PinxitTestSupport"]
            + commandTests.map { .target(name: module($0)) },
        swiftSettings: strict))

// Only `make fuzz` builds the fuzz targets: they need libFuzzer.
if Context.environment["PINXIT_FUZZ"] != nil {
    let rooms = [
        "Platform", "Files", "Tokenizers", "Tensors", "Layers", "Images", "Samplers",
        "Checkpoints", "CLIP", "StableDiffusion", "DALLE", "CLIPGAN", "Training",
        "Upscaling", "Pinxit",
    ]
    // With the server what it reads is fuzzed, too.
    let doors = ["Serving", "HTTPAPI"].map { Target.Dependency.target(name: module($0)) }
    targets.append(
        .executableTarget(
            name: "PinxitFuzz",
            dependencies: rooms.map { .target(name: module($0)) } + (hasServer ? doors : []),
            path: "Tests/Fuzz", exclude: ["Corpus"] + (hasServer ? [] : ["Server.swift"]),
            swiftSettings: strict + (hasServer ? [.define("PINXIT_SERVER")] : [])))
}

// Who builds or uses the package fetches nothing for its documentation: `make docs` sets this.
let documentation: [Package.Dependency] =
    Context.environment["PINXIT_DOCS"] == nil
    ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

let serverPackages: [Package.Dependency] = [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(
        url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
]

let package = Package(
    name: "Pinxit",
    products: [
        .library(name: "Pinxit", targets: ["Pinxit"]),
        .library(name: "PinxitTraining", targets: ["PinxitTraining"]),
        .library(name: "PinxitDatasets", targets: ["PinxitDatasets"]),
        .library(name: "PinxitEvaluation", targets: ["PinxitEvaluation"]),
        .executable(name: "pinxit", targets: ["PinxitCommand"]),
    ] + (hasServer ? [.executable(name: "pinxit-server", targets: ["PinxitServer"])] : []),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ] + documentation + (hasServer ? serverPackages : []),
    targets: targets
)

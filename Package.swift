// swift-tools-version: 6.2
import PackageDescription

// The rooms, ground floor first. An arrow may only point to a lower floor;
// `make lint` compares the `import` lines of each room with this table.

struct Room {
    let floor: Int
    let name: String
    let arrows: [String]
    var packages: [Target.Dependency] = []
    var tests: [String] = []  // more rooms that only the tests import
}

let rooms: [Room] = [
    Room(floor: 0, name: "Files", arrows: []),
    Room(floor: 1, name: "Tokenizers", arrows: ["Files"]),
    Room(floor: 2, name: "Tensors", arrows: ["COneDNN", "Kernels"]),
    Room(floor: 3, name: "Autograd", arrows: ["Tensors"]),
    Room(floor: 3, name: "Layers", arrows: ["Tensors"]),
    Room(floor: 3, name: "Checkpoints", arrows: ["Files", "Tensors"]),
    Room(floor: 3, name: "Images", arrows: ["CCodecs", "Files", "Tensors"]),
    Room(floor: 3, name: "Samplers", arrows: ["Files", "Tensors"]),
    Room(
        floor: 4, name: "CLIP",
        arrows: ["Files", "Layers", "Checkpoints", "Images", "Tokenizers", "Tensors"],
        tests: ["Autograd"]),
    Room(
        floor: 4, name: "Datasets", arrows: ["CCodecs", "CFreeType", "Files", "Images", "Tensors"]),
    Room(
        floor: 5, name: "StableDiffusion",
        arrows: [
            "Files", "CLIP", "Samplers", "Layers", "Checkpoints", "Images", "Tokenizers", "Tensors",
        ],
        tests: ["Autograd"]),
    Room(
        floor: 5, name: "DALLE",
        arrows: [
            "Files", "CLIP", "Layers", "Checkpoints", "Images", "Samplers", "Tokenizers", "Tensors",
        ],
        tests: ["Autograd"]),
    Room(
        floor: 5, name: "CLIPGAN",
        arrows: ["Files", "CLIP", "Layers", "Checkpoints", "Tensors"], tests: ["Autograd"]),
    Room(
        floor: 5, name: "Evaluation", arrows: ["Files", "CLIP", "Datasets", "Images", "Tensors"],
        tests: ["Layers", "Tokenizers"]),
    Room(
        floor: 6, name: "Pinxit",
        arrows: [
            "Files", "StableDiffusion", "DALLE", "CLIPGAN", "CLIP", "Samplers", "Images",
            "Checkpoints",
            "Tokenizers", "Tensors",
        ]),
    Room(
        floor: 7, name: "Training",
        arrows: [
            "Pinxit", "Evaluation", "StableDiffusion", "DALLE", "CLIPGAN", "CLIP", "Datasets",
            "Samplers", "Images", "Checkpoints", "Layers", "Autograd", "Tokenizers", "Tensors",
            "Files",
        ]),
]

let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

// Floors 0 and 1 that are C: libraries as they are, and our own kernels.
var targets: [Target] = [
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(
        name: "CFreeType", pkgConfig: "freetype2", providers: [.apt(["libfreetype-dev"])]),
    .target(
        name: "CCodecs", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
    .target(name: "Kernels", linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
]
targets += rooms.map { room in
    .target(
        name: room.name,
        dependencies: room.arrows.map { .target(name: $0) } + room.packages,
        swiftSettings: strict)
}
targets.append(
    .executableTarget(
        name: "PinxitCommand",
        dependencies: rooms.map { .target(name: $0.name) } + [
            .product(name: "ArgumentParser", package: "swift-argument-parser")
        ],
        swiftSettings: strict))

targets.append(
    .target(
        name: "TestSupport", dependencies: ["Tensors", "Checkpoints", "Datasets", "Images"],
        path: "Tests/TestSupport"))
targets += rooms.map { room in
    .testTarget(
        name: "\(room.name)Tests",
        dependencies: ([room.name, "TestSupport"] + room.arrows + room.tests).map {
            .target(name: $0)
        },
        swiftSettings: strict)
}
targets.append(
    .testTarget(name: "KernelsTests", dependencies: ["Kernels"], swiftSettings: strict))
targets.append(
    .testTarget(
        name: "PinxitCommandTests",
        dependencies: [
            "PinxitCommand", "Pinxit", "TestSupport", "Checkpoints", "Files", "Images",
            "Datasets", "Tensors",
        ]))

let package = Package(
    name: "Pinxit",
    products: [
        .library(name: "Pinxit", targets: ["Pinxit"]),
        .executable(name: "pinxit", targets: ["PinxitCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: targets
)

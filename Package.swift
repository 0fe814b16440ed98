// swift-tools-version: 6.1

import PackageDescription

/// Every target is compiled alike: Swift 6 language mode, the upcoming features that make dependencies and
/// existentials visible, and warnings as errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-warnings-as-errors"]),
]

/// Everything is optimised for size: a sandbox maps the guest, a supervisor the program, and neither computes much.
let small: SwiftSetting = .unsafeFlags(["-Osize", "-Xfrontend", "-function-sections"], .when(configuration: .release))

/// What runs as PID 1 of every sandbox does without the modules that the compiler imports by itself: regular expressions
/// alone are larger than all the rest.
let guestSettings: [SwiftSetting] =
    settings + [
        small,
        .unsafeFlags(
            ["concurrency", "string-processing"].flatMap { ["-Xfrontend", "-disable-implicit-\($0)-module-import"] }),
    ]

/// The linker of the toolchain folds functions whose code is the same, whether their addresses are taken or not: nothing
/// here compares functions. Nothing is exported to libraries, and nothing unwinds.
let linking: LinkerSetting = .unsafeFlags(
    ["-use-ld=lld"]
        + [
            "--icf=all", "--no-export-dynamic", "--no-eh-frame-hdr", "-T",
            "\(Context.packageDirectory)/Sources/CLinux/no-unwinding.ld",
        ].flatMap { ["-Xlinker", $0] }, .when(configuration: .release))

/// A module of the product. `docs/architecture.md` says what each may import; `ArchitectureTests` holds it to that.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + [small])
}

/// `golden` marks a target with files of expected text, which its tests find by their own path.
func tests(_ name: String, _ dependencies: [Target.Dependency], golden: Bool = false) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: golden ? ["Golden"] : [], swiftSettings: settings)
}

let package = Package(
    name: "task",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "task", targets: ["task"]),
        .executable(name: "task-guest", targets: ["task-guest"]),
    ],
    targets: [
        .executableTarget(
            name: "task", dependencies: ["TaskCommands"], swiftSettings: settings + [small], linkerSettings: [linking]),
        // PID 1 of every sandbox: it must start in any Linux image, so it carries everything in itself.
        .executableTarget(
            name: "task-guest", dependencies: ["GuestProtocol", "CLinux"], swiftSettings: guestSettings,
            linkerSettings: [linking, .unsafeFlags(["-static-executable"])]),

        module(
            "TaskCommands",
            [
                "Supervision", "CommandLineKit", "Environments", "ImageLibrary", "Workspace", "PolicyLibrary",
                "NetworkPolicy", "TaskStore", "TaskModel", "System",
            ]),
        module("CommandLineKit"),
        module(
            "Supervision",
            [
                "Environments", "ImageLibrary", "Gateway", "Workspace", "PackageIndex", "PolicyLibrary",
                "NetworkPolicy", "JSONText", "GuestProtocol", "TaskStore", "TaskModel", "System",
            ]),
        module("Environments", ["EngineAPI", "ImageLibrary", "JSONText", "TaskModel", "System"]),
        module("ImageLibrary", ["JSONText", "TaskModel", "System"]),
        .target(name: "EngineAPI", dependencies: ["CCurl"], exclude: ["README.md"], swiftSettings: settings + [small]),
        module("PackageIndex", ["CCurl"]),
        module("Gateway", ["NetworkPolicy", "GuestProtocol", "System"]),
        module("Workspace", ["TaskModel", "System"]),
        module("PolicyLibrary", ["NetworkPolicy", "JSONText", "System"]),
        module("NetworkPolicy", ["JSONText"]),
        module("JSONText"),
        .target(name: "GuestProtocol", swiftSettings: guestSettings),
        module("TaskStore", ["TaskModel", "System"]),
        module("TaskModel", ["NetworkPolicy"]),
        module("System", ["CLinux"]),
        // The headers of libcurl4-openssl-dev; the library itself is loaded when it is needed.
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("dl")]),
        .systemLibrary(name: "CLinux"),

        // `make bench`; not a product.
        .executableTarget(name: "task-bench", path: "Tests/Benchmarks", swiftSettings: settings),
        .executableTarget(
            name: "task-load", path: "Tests/Load", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-executable"])]),

        tests("ArchitectureTests", []),
        tests("SystemTests", ["System"]),
        tests("TaskModelTests", ["TaskModel"], golden: true),
        tests("GuestProtocolTests", ["GuestProtocol"]),
        tests("GuestTests", ["GuestProtocol", "CLinux"]),
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
        tests("EngineAPITests", ["EngineAPI", "TestSupport"]),
        tests("CommandLineKitTests", ["CommandLineKit"], golden: true),
        tests("JSONTextTests", ["JSONText"]),
        tests("PackageIndexTests", ["PackageIndex", "System"]),
        tests("NetworkPolicyTests", ["NetworkPolicy", "JSONText"]),
        tests("PolicyLibraryTests", ["PolicyLibrary", "NetworkPolicy", "JSONText", "System"]),
        tests("WorkspaceTests", ["Workspace", "TaskModel", "System"]),
        tests("GatewayTests", ["Gateway", "NetworkPolicy", "System"]),
        tests(
            "TaskCommandsTests",
            ["TaskCommands", "CommandLineKit", "Supervision", "Environments", "TaskStore", "TaskModel", "System"],
            golden: true),
        tests("TaskStoreTests", ["TaskStore", "TaskModel", "System"]),
        tests(
            "SupervisionTests",
            [
                "Supervision", "Environments", "ImageLibrary", "Gateway", "NetworkPolicy", "JSONText", "TaskStore",
                "TaskModel",
                "System",
            ]),
        tests("ImageLibraryTests", ["ImageLibrary", "JSONText", "TaskModel", "System"]),
        tests("EnvironmentsTests", ["Environments", "EngineAPI", "ImageLibrary", "TaskModel", "System"], golden: true),
        tests(
            "EnvironmentEngineTests",
            ["TestSupport", "Environments", "EngineAPI", "ImageLibrary", "TaskModel", "System"]),
        tests("PackageTests", ["System"]),
        tests("IntegrationTests", ["GuestProtocol", "TaskModel", "System", "EngineAPI"], golden: true),
    ]
)

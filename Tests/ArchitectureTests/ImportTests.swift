import Foundation
import Testing

/// The import table of `docs/architecture.md`, as data. SwiftPM does not notice an import that a dependency of a
/// dependency happens to satisfy; this does.
private let allowed: [String: Set<String>] = [
    "task": ["TaskCommands"],
    "TaskCommands": [
        "Supervision", "CommandLineKit", "Environments", "ImageLibrary", "Workspace", "PolicyLibrary",
        "NetworkPolicy", "TaskStore", "TaskModel", "System",
    ],
    "CommandLineKit": [],
    "Supervision": [
        "Environments", "ImageLibrary", "EngineAPI", "Gateway", "Workspace", "PackageIndex", "PolicyLibrary",
        "NetworkPolicy", "JSONText", "GuestProtocol", "TaskStore", "TaskModel", "System",
    ],
    "Environments": ["EngineAPI", "ImageLibrary", "JSONText", "TaskModel", "System"],
    "ImageLibrary": ["JSONText", "TaskModel", "System"],
    "EngineAPI": ["CCurl"],
    "PackageIndex": ["CCurl"],
    "Gateway": ["NetworkPolicy", "GuestProtocol", "System"],
    "Workspace": ["TaskModel", "System"],
    "PolicyLibrary": ["NetworkPolicy", "JSONText", "System"],
    "NetworkPolicy": ["JSONText"],
    "JSONText": [],
    "GuestProtocol": [],
    "TaskStore": ["TaskModel", "System"],
    "TaskModel": ["NetworkPolicy"],
    "System": ["CLinux"],
    "task-guest": ["GuestProtocol", "CLinux"],
]

/// What ships with the toolchain. `Foundation` is absent on purpose: it links ICU; `FoundationEssentials` does not.
private let toolchain: Set<String> = ["FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]

private let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

private func swiftFiles(of module: String) throws -> [URL] {
    let folder = sources.appending(path: module)
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return names.filter { $0.hasSuffix(".swift") }.map { folder.appending(path: $0) }
}

private func imports(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count, keyword <= 1 else { return nil }
        return String(words[keyword + 1].prefix { $0 != "." })
    }
}

@Test("every module stands in the import table", arguments: allowed.keys.sorted())
func modulesExist(module: String) throws {
    #expect(try !swiftFiles(of: module).isEmpty)
}

@Test("no module is missing from the import table")
func tableIsComplete() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path)
    #expect(Set(folders.filter { !$0.hasPrefix("C") || $0 == "CommandLineKit" }) == Set(allowed.keys))
}

@Test("imports point downwards only", arguments: allowed.keys.sorted())
func importsAreAllowed(module: String) throws {
    let permitted = try #require(allowed[module])
    for file in try swiftFiles(of: module) {
        for name in try imports(of: file) {
            #expect(
                permitted.contains(name) || toolchain.contains(name),
                "\(module)/\(file.lastPathComponent) imports \(name)")
        }
    }
}

@Test("the guest needs nothing but the C library and the protocol")
func guestIsSmall() throws {
    for file in try swiftFiles(of: "task-guest") + swiftFiles(of: "GuestProtocol") {
        #expect(try !imports(of: file).contains("FoundationEssentials"), "\(file.lastPathComponent)")
    }
}

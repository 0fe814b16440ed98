import FoundationEssentials
import System
import Testing

@testable import ImageLibrary

@Suite("Build manifests") struct ManifestTests {
    private static let manifest = BuildManifest(
        recipe: 1, definition: ["user": "dev"], arguments: ["A": "1"],
        images: ["debian:13": "sha256:" + String(repeating: "0", count: 64)], containerfile: "c",
        files: ["src": "directory 0755", "src/a": "file 0644 aa", "z": "link src/a"])

    private static func changed(_ change: (inout BuildManifest) -> Void) -> BuildManifest {
        var other = manifest
        change(&other)
        return other
    }

    @Test("the key is 64 digits, the same each time, and the same after storing")
    func key() throws {
        let manifest = Self.manifest
        #expect(manifest.key.utf8.count == 64)
        #expect(manifest.key.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        let stored = try JSONEncoder().encode(manifest)
        let read = try JSONDecoder().decode(BuildManifest.self, from: stored)
        #expect(read == manifest)
        #expect(read.key == manifest.key)
        #expect(String(decoding: stored, as: UTF8.self).contains("\"src\\/a\":\"file 0644 aa\""))
    }

    /// A change here makes all images on all machines be built again, so it is to be meant.
    @Test("the key is what it was")
    func stable() {
        #expect(Self.manifest.key == "4db6d5321987d4f8ccec1a03fd055bc0700520621963b71e7079bdd78a719b71")
        #expect(
            BuildManifest(recipe: 0, definition: [:], arguments: [:], images: [:], files: [:]).key
                == "beeff96ad0bf0602d5d6c7a4dd7e33788dc32f9775d26be35b61e15a4682c0fe")
    }

    @Test("everything counts, and nothing that is moved from one part to another goes unnoticed")
    func everythingCounts() {
        let others = [
            Self.changed { $0.recipe = 2 }, Self.changed { $0.definition = [:] },
            Self.changed { ($0.definition, $0.arguments) = (["A": "1"], ["user": "dev"]) },
            Self.changed { $0.arguments["A"] = "" }, Self.changed { $0.arguments = ["A1": ""] },
            Self.changed { $0.arguments["B"] = "" }, Self.changed { $0.containerfile = "d" },
            Self.changed { $0.images["debian:13"] = "sha256:1" }, Self.changed { $0.images["debian:1"] = "3sha256:1" },
            Self.changed { $0.files = ["src": "directory 0755", "src/a": "file 0644 aa"] },
            Self.changed { $0.files = ["src": "directory 0755", "src/a": "file 0644 aaz", "link": "src/a"] },
            Self.changed { $0.files = [:] }, Self.manifest,
        ]
        #expect(Set(others.map(\.key)).count == others.count)
    }

    @Test("a context's files are the manifest's")
    func ofContext() throws {
        let scratch = try ScratchContext()
        try scratch.write("a-b", "", mode: 0o4711)
        try scratch.write("a/b", "abc")
        try scratch.link("l", to: "a b")
        func manifest() throws -> BuildManifest {
            try BuildManifest(recipe: 1, definition: [:], arguments: [:], images: [:], context: scratch.read())
        }
        let first = try manifest()
        #expect(first.files["a"] == "directory 0755")
        #expect(first.files["a/b"] == "file 0644 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(first.files["a-b"]?.hasPrefix("file 4711 e3b0") == true)
        #expect(first.files["l"] == "link a b")
        #expect(first.files["none"] == nil)
        #expect(first.containerfile == SHA256.hex("FROM scratch\n".utf8))
        let stored = try JSONDecoder().decode(BuildManifest.self, from: JSONEncoder().encode(first))
        #expect(stored == first && stored.key == first.key)
        try scratch.write("a/b", "abd", mode: 0o600)
        #expect(try manifest().changes(since: first) == ["file a/b changed, mode 0600, was 0644"])
        try scratch.write("Containerfile", "FROM x\n")
        try scratch.write("a/b", "abc")
        #expect(
            try manifest().changes(since: first) == ["the Containerfile changed", "file Containerfile changed"])
    }

    @Test("each change is a line, the most telling first")
    func changes() {
        let other = Self.changed {
            $0.recipe = 2
            $0.images["debian:13"] = "sha256:" + String(repeating: "1", count: 64)
            $0.images["python"] = "sha256:" + String(repeating: "2", count: 64)
            $0.arguments = ["A": "2", "B": "\u{1b}[2J"]
            $0.definition = [:]
            $0.files = [
                "new": "directory 0755", "src": "directory 0700", "src/a": "file 0755 bb", "z": "link src",
            ]
        }
        #expect(
            other.changes(since: Self.manifest) == [
                "image debian:13 is '111111111111', was '000000000000'", "image python added: '222222222222'",
                "argument A is '2', was '1'", "argument B added: '\\u{1B}[2J'", "user removed, was 'dev'",
                "directory new added", "directory src mode 0700, was 0755", "file src/a changed, mode 0755, was 0644",
                "link z leads to src, was src/a", "task makes images in another way now (recipe 2, was 1)",
            ])
        let less = Self.changed { $0.files = ["src": "file 0644 aa"] }
        #expect(
            less.changes(since: Self.manifest) == [
                "src was a directory, is a file", "file src/a removed", "link z removed",
            ])
        #expect(Self.manifest.changes(since: Self.manifest).isEmpty)
    }

    @Test("fifty lines are enough")
    func manyChanges() {
        func with(_ count: Int) -> [String] {
            let files = (0..<count).map { ("f\($0)", "file 0644 a") }
            return Self.changed { $0.files = ContextFiles(Dictionary(files) { $1 }) }
                .changes(since: Self.changed { $0.files = [:] })
        }
        #expect(with(50).count == 50)
        #expect(with(50).allSatisfy { $0.hasPrefix("file f") })
        #expect(with(2000).count == 51)
        #expect(with(2000).last == "and 1950 more")
    }
}

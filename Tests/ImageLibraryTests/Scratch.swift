import System

/// A directory for one test, removed with it.
final class Scratch {
    let path = "/var/tmp/task-library-\(UInt64.random(in: 0...UInt64.max))"

    init(_ files: [String: String] = [:]) throws {
        try Files.makeDirectory(path)
        for (name, content) in files { try write(name, content) }
    }

    deinit { try? FileTree.remove(path) }

    func write(_ name: String, _ content: String) throws {
        try Files.makeDirectory(Files.parent(of: "\(path)/\(name)"))
        try Files.replace("\(path)/\(name)", with: Array(content.utf8), mode: 0o644)
    }
}

/// The top of this repository.
let repository = Files.parent(of: Files.parent(of: Files.parent(of: #filePath)))

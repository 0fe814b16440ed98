import Glibc
import System
public import TaskModel

/// Files and directories of the user's working tree that a task gets by name although git does not know them: checked
/// all at once, before anything is made, and copied later. A `.git` inside a directory is never copied.
public struct Includes: Sendable {
    /// No files.
    public static let none = Includes()

    private let root: String
    /// Every file, link and directory to copy, relative to the root; a directory stands before what is in it.
    private let entries: [String]

    private init() {
        root = ""
        entries = []
    }

    /// Checks paths relative to the project.
    ///
    /// - Throws: `TaskError` for a path that is absolute, has `..`, is missing, lies in `.git`, leaves the project
    ///   through a symbolic link, or holds something else than files, directories and symbolic links.
    public init(_ paths: [String], in repository: Repository) throws(TaskError) {
        root = repository.path
        var entries: [String] = []
        for path in paths {
            let real = try Self.check(path, in: repository.path)
            entries += try Self.walk(real, named: path, in: repository.path)
        }
        self.entries = entries
    }

    /// The path with the links above its last component resolved, relative to the root.
    private static func check(_ path: String, in root: String) throws(TaskError) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        while parts.last == "" || parts.last == "." { parts.removeLast() }
        parts.removeAll { $0 == "." }
        if path.hasPrefix("/") || parts.isEmpty || parts.contains("..") || parts.contains("") {
            throw refused(path, "it must be a path below the project")
        }
        let above = ([root] + parts.dropLast().map(String.init)).joined(separator: "/")
        guard let name = parts.last, let parent = try? Files.resolve(above), Files.exists("\(parent)/\(name)") else {
            throw refused(path, "there is no such file")
        }
        guard parent == root || parent.hasPrefix(root == "/" ? root : "\(root)/") else {
            throw refused(path, "a symbolic link leads out of the project")
        }
        let prefix = root == "/" ? 1 : root.utf8.count + 1
        let real = String(decoding: "\(parent)/\(name)".utf8.dropFirst(prefix), as: UTF8.self)
        if real.split(separator: "/").contains(where: isGitDirectory) {
            throw refused(path, "nothing in '.git' can be included")
        }
        return real
    }

    /// What git itself takes for its directory on file systems that ignore case.
    private static func isGitDirectory(_ name: some StringProtocol) -> Bool { name.lowercased() == ".git" }

    private static func walk(_ start: String, named path: String, in root: String) throws(TaskError) -> [String] {
        var found: [String] = []
        var pending = [start]
        while let entry = pending.popLast() {
            found.append(entry)
            switch FileCopy.kind(of: "\(root)/\(entry)") {
            case S_IFREG, S_IFLNK: continue
            case S_IFDIR:
                let names = try failing("include '\(PlainText.line(path))'") { try Files.list("\(root)/\(entry)") }
                pending += names.filter { !isGitDirectory($0) }.map { "\(entry)/\($0)" }
            default: throw refused(path, "'\(PlainText.line(entry))' is no file, directory or symbolic link")
            }
        }
        return found
    }

    private static func refused(_ path: String, _ reason: String) -> TaskError {
        TaskError(.usage, "cannot include '\(PlainText.line(path))': \(reason)")
    }

    /// Copies them to where they belong in another directory.
    func copy(to target: String) throws(TaskError) {
        for entry in entries {
            try failing("include '\(PlainText.line(entry))'") {
                try Self.makeDirectories(above: entry, in: target)
                try FileCopy.copy("\(root)/\(entry)", to: "\(target)/\(entry)")
            }
        }
    }

    /// The commit may have a symbolic link where the working tree has a directory: nothing is written through it.
    private static func makeDirectories(above entry: String, in target: String) throws(SystemError) {
        var directory = target
        for part in entry.split(separator: "/").dropLast() {
            directory += "/\(part)"
            if FileCopy.kind(of: directory) == nil {
                try Files.makeDirectory(directory, mode: 0o755)
            } else if FileCopy.kind(of: directory) != S_IFDIR {
                throw SystemError("write into", directory, code: ENOTDIR)
            }
        }
    }
}

import Glibc
import System
import TaskModel

/// Lists a context: by descriptor, without following a link, and without recursion, since what is there may be anything.
struct ContextWalk {
    /// Nested deeper, a context would use up the descriptors of this process.
    static let deepest = 256
    /// A longer path cannot be named to any system call.
    static let longestPath = 4095
    /// More would not fit into memory as often as it has to.
    static let entryLimit = 1_000_000

    private struct Level {
        var listing: DirectoryListing
        /// How long the path is up to the names of this directory.
        let length: Int
        let matched: IgnoreRules.Matched
        /// The directory's own entry, where it is ignored and nothing in it was kept yet.
        var pending: BuildContext.Entry?
    }

    /// What errors name.
    private let root: String
    private let rules: IgnoreRules
    private var memory: DigestMemory?
    private var levels: [Level] = []
    /// The path of what is looked at, below the context.
    private var path: [UInt8] = []
    /// What the rules say of it, where its directory says what it is.
    private var judged: (isDirectory: Bool, verdict: IgnoreRules.Verdict)?
    private var hasher = FileHasher()
    /// All that was found, in the order of ``PathOrder``.
    private(set) var entries: [BuildContext.Entry] = []
    /// The bytes of all files together.
    private(set) var size = 0

    /// Prepares a walk; `root` is the directory's path.
    init(_ root: String, rules: IgnoreRules, memory: String?) {
        self.root = root
        self.rules = rules
        self.memory = memory.map { DigestMemory($0) }
    }

    /// Walks an open directory.
    mutating func run(_ directory: Descriptor) throws(TaskError) {
        levels = [Level(listing: try list(directory), length: 0, matched: rules.top)]
        while let top = levels.indices.last {
            path.removeSubrange(levels[top].length...)
            var status = stat()
            let handle = levels[top].listing.handle.number
            // Taken out, so that the closure may change the rest.
            var listing = levels[top].listing
            let next: Result<Bool, TaskError>? = listing.take { name, type in
                Result { () throws(TaskError) in try look(at: name, type, handle, &status) }
            }
            levels[top].listing = listing
            guard let next else {
                levels.removeLast()
                continue
            }
            if try next.get() { try visit(handle, status) }
        }
        memory?.save()
        memory = nil
    }

    /// Puts a name to the path and asks what it is; false where that is of no interest.
    private mutating func look(
        at name: UnsafeBufferPointer<UInt8>, _ type: UInt8, _ directory: Int32, _ status: inout stat
    ) throws(TaskError) -> Bool {
        path += name.dropLast()
        judged = nil
        if path.count > Self.longestPath { throw fail("has a longer path than \(Self.longestPath) bytes") }
        // Most of what is ignored is a whole directory or known to be none; it is not even looked at.
        if Int32(type) != DT_UNKNOWN, !rules.patterns.isEmpty {
            let isDirectory = Int32(type) == DT_DIR
            let verdict = judge(isDirectory: isDirectory)
            judged = (isDirectory, verdict)
            if verdict.isIgnored, !verdict.mayHoldExceptions { return false }
        }
        let result = name.withMemoryRebound(to: CChar.self) {
            $0.baseAddress.map { fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) } ?? -1
        }
        if result != 0 { throw fail(SystemError("read", "")) }
        return true
    }

    /// Adds what the path leads to.
    private mutating func visit(_ directory: Int32, _ status: stat) throws(TaskError) {
        let kind = status.st_mode & S_IFMT
        var verdict = judged?.verdict ?? IgnoreRules.Verdict()
        // The directory says what a name is; where it does not, or that has changed, it is judged now.
        if !rules.patterns.isEmpty, judged?.isDirectory != (kind == S_IFDIR) {
            verdict = judge(isDirectory: kind == S_IFDIR)
        }
        if verdict.isIgnored, !verdict.mayHoldExceptions { return }
        if path.contains(where: { $0 >= 0x80 }), String(validating: path, as: UTF8.self) == nil {
            throw fail("has a name that is not UTF-8")
        }
        let mode = UInt32(status.st_mode & 0o7777)
        switch kind {
        case S_IFDIR:
            try enter(directory, mode, verdict)
        case S_IFREG:
            let (size, digest) = try digest(directory, status)
            self.size += size
            try add(mode, .file(size: size, digest: digest))
        case S_IFLNK:
            try add(0o777, .link(to: try target(directory)))
        default:
            throw fail("is a socket, a pipe or a device, which no image can hold")
        }
    }

    private func judge(isDirectory: Bool) -> IgnoreRules.Verdict {
        let parent = levels.last?.matched ?? rules.top
        return path.withUnsafeBufferPointer { rules.judge($0, in: parent, isDirectory: isDirectory) }
    }

    private mutating func add(_ mode: UInt32, _ kind: BuildContext.Entry.Kind) throws(TaskError) {
        for index in levels.indices {
            if let directory = levels[index].pending {
                entries.append(directory)
                levels[index].pending = nil
            }
        }
        entries.append(BuildContext.Entry(path: String(decoding: path, as: UTF8.self), mode: mode, kind: kind))
        if entries.count > Self.entryLimit {
            throw TaskError(
                "the build context '\(PlainText.line(root))' has more than \(Self.entryLimit) files",
                next: "name what is not needed in '\(PlainText.line(root))/.dockerignore'")
        }
    }

    private mutating func enter(
        _ directory: Int32, _ mode: UInt32, _ verdict: IgnoreRules.Verdict
    ) throws(TaskError) {
        if levels.count > Self.deepest { throw fail("is nested deeper than \(Self.deepest) directories") }
        let handle = try open(directory, O_DIRECTORY)
        let listing = try list(handle)
        var pending: BuildContext.Entry?
        if verdict.isIgnored {
            pending = BuildContext.Entry(path: String(decoding: path, as: UTF8.self), mode: mode, kind: .directory)
        } else {
            try add(mode, .directory)
        }
        path.append(UInt8(ascii: "/"))
        levels.append(Level(listing: listing, length: path.count, matched: verdict.matched, pending: pending))
    }

    /// The last component of the path, with its closing zero.
    private var name: [CChar] {
        let start = levels.last?.length ?? 0
        return path[start...].map { CChar(bitPattern: $0) } + [0]
    }

    private func open(_ directory: Int32, _ flags: Int32) throws(TaskError) -> Descriptor {
        let number = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags)
        if number == -1 { throw fail(SystemError("open", "")) }
        return Descriptor(owning: number)
    }

    private func list(_ directory: Descriptor) throws(TaskError) -> DirectoryListing {
        do throws(SystemError) {
            return try DirectoryListing(directory, "")
        } catch {
            throw fail(error)
        }
    }

    private func target(_ directory: Int32) throws(TaskError) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes {
            let place = $0.withMemoryRebound(to: CChar.self) { $0 }
            return place.baseAddress.map { readlinkat(directory, name, $0, place.count) } ?? -1
        }
        if count == -1 { throw fail(SystemError("read", "")) }
        guard let text = String(validating: buffer.prefix(count), as: UTF8.self) else {
            throw fail("is a link to a name that is not UTF-8")
        }
        return text
    }

    private mutating func digest(_ directory: Int32, _ status: stat) throws(TaskError) -> (Int, String) {
        if let known = path.withUnsafeBufferPointer({ memory?.digest($0, DigestMemory.Status(status)) }) {
            return (Int(status.st_size), known)
        }
        let file = try open(directory, 0)
        var now = stat()
        if fstat(file.number, &now) != 0 { throw fail(SystemError("read", "")) }
        if now.st_mode & S_IFMT != S_IFREG { throw fail("changed while it was being read") }
        do throws(SystemError) {
            let (size, digest) = try hasher.hash(file)
            if size == Int(now.st_size) {
                path.withUnsafeBufferPointer { memory?.remember($0, DigestMemory.Status(now), digest) }
            }
            return (size, digest.withUnsafeBytes(Hexadecimal.text))
        } catch {
            throw fail(error)
        }
    }

    /// What is wrong with what the path leads to.
    private func fail(_ reason: String) -> TaskError {
        var bytes = path[...]
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let place = bytes.isEmpty ? root : "\(root)/\(Self.text(bytes))"
        return TaskError(
            "'\(PlainText.line(place))' \(reason)",
            next: "remove it, or name it in '\(PlainText.line(root))/.dockerignore'")
    }

    private func fail(_ error: SystemError) -> TaskError { fail("cannot be read: \(error.reason)") }

    /// Text of a name; bytes that are not UTF-8 as `\xNN`.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { byte in
            byte < 0x80
                ? String(UnicodeScalar(byte)) : "\\x" + [byte].withUnsafeBytes(Hexadecimal.text)
        }.joined()
    }
}

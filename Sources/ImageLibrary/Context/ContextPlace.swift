import Glibc
import System
import TaskModel

/// A context before it is walked: its directory, opened, its Containerfile, and the ignore file that counts.
struct ContextPlace {
    let root: Descriptor
    let containerfile: [UInt8]
    let rules: IgnoreRules
    /// The ignore file that counts.
    let ignoreFile: String?
    /// Paths below the context, nil where the file is somewhere else.
    private let ownPath: String?
    private let ownIgnoreFile: String?

    /// No Containerfile or ignore file is larger.
    static let sizeLimit = 1 << 20

    init(_ source: BuildSource) throws(TaskError) {
        let context = source.context
        if let target = Self.linkTarget(context) {
            throw TaskError(
                "the build context '\(PlainText.line(context))' is a symbolic link to '\(PlainText.line(target))'",
                next: "put a directory in its place, or name the directory that it leads to")
        }
        do throws(SystemError) {
            root = try Descriptor.open(context, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            let reason = error.code == ENOENT ? "does not exist" : "cannot be read: \(error.reason)"
            throw TaskError(
                "the build context '\(PlainText.line(context))' \(reason)",
                next: "make it, or name another context in the definition")
        }
        let path = source.containerfile
        ownPath = Self.path(of: path, below: context)
        containerfile = try Self.read(path, below: context)
        var found: String?
        let candidates = [
            "\(path).containerignore", "\(path).dockerignore",
            "\(context)/.containerignore", "\(context)/.dockerignore",
        ]
        for candidate in candidates where found == nil && Self.isThere(candidate) { found = candidate }
        ignoreFile = found
        ownIgnoreFile = found.flatMap { Self.path(of: $0, below: context) }
        if let found {
            rules = try IgnoreRules(Self.read(found, below: context), path: found)
        } else {
            rules = IgnoreRules()
        }
    }

    /// Where the Containerfile is in the archive, and what the archive needs besides the entries. Podman looks for an
    /// ignore file in what it gets, and Docker removes by one; where they would find another than the one that counts,
    /// or none for a Containerfile that is no file of the context, they get one that says only to leave it out.
    func additions(to entries: [BuildContext.Entry]) -> (name: String, extra: [BuildContext.Extra]) {
        func find(_ path: String) -> BuildContext.Entry? {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if PathOrder.areInOrder(entries[middle].path, path) { low = middle + 1 } else { high = middle }
            }
            return low < entries.count && entries[low].path == path ? entries[low] : nil
        }
        let general = [".containerignore", ".dockerignore"].first { find($0) != nil }
        if let ownPath, general == nil || general == ownIgnoreFile {
            switch find(ownPath)?.kind {
            case .file: return (ownPath, [])
            case nil: return (ownPath, [BuildContext.Extra(path: ownPath, content: containerfile)])
            case .link, .directory: break
            }
        }
        var name = ".task-containerfile"
        var number = 1
        while find(name) != nil {
            number += 1
            name = ".task-containerfile-\(number)"
        }
        var extra = [BuildContext.Extra(path: name, content: containerfile)]
        if find(".containerignore") == nil {
            let rules = Array(".containerignore\n\(name)\n".utf8)
            extra.append(BuildContext.Extra(path: ".containerignore", content: rules))
        }
        return (name, extra)
    }

    /// Reads a Containerfile or an ignore file. A link must stay in the context, or beside itself where it is in none: a
    /// project does not choose what else of this machine is read.
    private static func read(_ path: String, below context: String) throws(TaskError) -> [UInt8] {
        let isInContext = self.path(of: path, below: context) != nil
        let place = isInContext ? context : Files.parent(of: path)
        let (real, allowed) = try attempt(path) { () throws(SystemError) in
            (try Files.resolve(path), try Files.resolve(place))
        }
        guard self.path(of: real, below: allowed) != nil else {
            throw TaskError(
                "'\(PlainText.line(path))' leads out of '\(PlainText.line(place))', to '\(PlainText.line(real))'",
                next: "put the file itself there")
        }
        return try attempt(path) { () throws(SystemError) in
            let file = try Descriptor.open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            var status = stat()
            if fstat(file.number, &status) != 0 { throw SystemError("read", path) }
            let kind = status.st_mode & S_IFMT
            if kind != S_IFREG { throw SystemError("read", path, code: kind == S_IFDIR ? EISDIR : EINVAL) }
            return try Files.read(file, path, limit: sizeLimit)
        }
    }

    private static func attempt<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(TaskError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            let shown = "'\(PlainText.line(path))'"
            switch error.code {
            case ENOENT, ENOTDIR:
                throw TaskError("\(shown) does not exist", next: "write it, or name another in the definition")
            case EFBIG:
                throw TaskError("\(shown) is larger than 1 MiB", next: "make it smaller")
            case EINVAL: throw TaskError("\(shown) is not a plain file", next: "put a plain file in its place")
            default:
                throw TaskError("\(shown) cannot be read: \(error.reason)", next: "make it readable, and try again")
            }
        }
    }

    /// True for anything of that name, even a link that leads nowhere.
    private static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Where a link leads; nil for all else.
    private static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes {
            let place = $0.withMemoryRebound(to: CChar.self) { $0 }
            return place.baseAddress.map { readlink(path, $0, place.count) } ?? -1
        }
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// A path relative to a directory; nil where it is not below it. Both are absolute and hold no `..`.
    private static func path(of path: String, below directory: String) -> String? {
        let prefix = directory.hasSuffix("/") ? directory : "\(directory)/"
        guard path.utf8.starts(with: prefix.utf8), path.utf8.count > prefix.utf8.count else { return nil }
        return String(Substring(path.utf8.dropFirst(prefix.utf8.count)))
    }
}

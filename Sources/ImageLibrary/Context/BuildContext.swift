import Glibc
import System
public import TaskModel

/// The files that a build gets, as they are now: listed, without what an ignore file leaves out, and digested. The same
/// value is archived for the engine; a file that changes in between ends the build.
///
/// Of these ignore files the first that exists counts: `<Containerfile>.containerignore`, `<Containerfile>.dockerignore`
/// beside the Containerfile, `.containerignore`, `.dockerignore` in the context. They mean what Docker documents. The
/// Containerfile and the ignore file are files of the context like any other. Extended attributes are not kept.
public struct BuildContext: Sendable {
    /// A file, directory or link of the context.
    public struct Entry: Equatable, Sendable {
        /// What it is.
        public enum Kind: Equatable, Sendable {
            /// A plain file with its size and the SHA-256 of its content.
            case file(size: Int, digest: String)
            /// A directory.
            case directory
            /// A symbolic link and where it leads, as it is written.
            case link(to: String)
        }

        /// The path below the context, without a leading slash.
        public var path: String
        /// The permission bits.
        public var mode: UInt32
        /// What it is.
        public var kind: Kind

        /// An entry.
        public init(path: String, mode: UInt32, kind: Kind) {
            self.path = path
            self.mode = mode
            self.kind = kind
        }
    }

    /// The directory.
    public let directory: String
    /// All that is in it and not ignored, sorted: a directory before what is in it, names by their bytes.
    public let entries: [Entry]
    /// The Containerfile's bytes, wherever it lies.
    public let containerfile: [UInt8]
    /// The bytes of all files together.
    public let size: Int
    /// The ignore file that counts, absolute; nil for none.
    public let ignoreFile: String?
    /// The name that the Containerfile has in the archive: its own, where it is in the context and engines that read
    /// ignore files themselves come to the same; else one that no entry has.
    public let containerfileName: String

    private let root: Descriptor
    /// What the archive has besides the entries.
    private let extra: [Extra]

    struct Extra: Equatable, Sendable {
        let path: String
        let content: [UInt8]
    }

    /// Reads a context.
    ///
    /// - Parameter memory: a file that remembers digests of files that have not changed since (stat(2), as git's index
    ///   does); nil for none. It only makes things faster.
    /// - Throws: `TaskError` where the directory or the Containerfile is missing or cannot be read.
    public init(of source: BuildSource, memory: String?) throws(TaskError) {
        let place = try ContextPlace(source)
        var walk = ContextWalk(source.context, rules: place.rules, memory: memory)
        try walk.run(place.root)
        directory = source.context
        entries = walk.entries
        size = walk.size
        root = place.root
        containerfile = place.containerfile
        ignoreFile = place.ignoreFile
        (containerfileName, extra) = place.additions(to: walk.entries)
    }

    /// The ten largest files, the largest first.
    public var largest: [Entry] {
        var result: [(size: Int, entry: Entry)] = []
        for entry in entries {
            guard case .file(let size, _) = entry.kind else { continue }
            if result.count == 10, let last = result.last, size <= last.size { continue }
            let place = result.firstIndex { $0.size < size } ?? result.endIndex
            result.insert((size, entry), at: place)
            if result.count > 10 { result.removeLast() }
        }
        return result.map(\.entry)
    }

    /// Links that lead out of the context, as they are written: absolute, or with more `..` than there are directories.
    public var linksOut: [Entry] {
        entries.filter { entry in
            guard case .link(let target) = entry.kind else { return false }
            if target.hasPrefix("/") { return true }
            let slash = UInt8(ascii: "/")
            var depth = entry.path.utf8.count { $0 == slash }
            for part in target.utf8.split(separator: slash) where !part.elementsEqual(".".utf8) {
                depth += part.elementsEqual("..".utf8) ? -1 : 1
                if depth < 0 { return true }
            }
            return false
        }
    }

    /// The archive, piece by piece, until nil: tar(5), owners and times left out. No piece but the last is larger than
    /// 256 KiB.
    ///
    /// - Throws: `TaskError` where a file is not any more what was digested.
    public func archive() -> @Sendable () throws -> [UInt8]? {
        let archive = ContextArchive(root, directory, entries, extra: extra.map { ($0.path, $0.content) })
        return { try archive.next() }
    }
}

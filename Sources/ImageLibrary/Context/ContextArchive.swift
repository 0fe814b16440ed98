import Glibc
import Synchronization
import System
import TaskModel

/// A context on its way to an engine, piece by piece. Every file is hashed once more as it goes: what an engine gets is
/// what the key stands for.
final class ContextArchive: Sendable {
    /// The most that one piece has.
    static let pieceSize = 256 << 10

    private let state: Mutex<State>

    init(_ root: Descriptor, _ path: String, _ entries: [BuildContext.Entry], extra: [(String, [UInt8])]) {
        state = Mutex(State(root: root, path: path, entries: entries, extra: extra))
    }

    /// The next piece; nil after the last.
    func next() throws(TaskError) -> [UInt8]? {
        try state.withLock { state throws(TaskError) in try state.next() }
    }

    private struct State {
        let root: Descriptor
        let path: String
        let entries: [BuildContext.Entry]
        let extra: [(String, [UInt8])]
        private var index = 0
        /// The file that is being sent.
        private var file: Open?
        /// The directory of the last file: most have the same.
        private var directory: (path: Substring, handle: Descriptor)?
        private var isAtEnd = false

        private struct Open {
            let handle: Descriptor
            let place: String
            let digest: String
            let size: Int
            var left: Int
            var hash = SHA256()
        }

        init(root: Descriptor, path: String, entries: [BuildContext.Entry], extra: [(String, [UInt8])]) {
            self.root = root
            self.path = path
            self.entries = entries
            self.extra = extra
        }

        mutating func next() throws(TaskError) -> [UInt8]? {
            if isAtEnd { return nil }
            var piece: [UInt8] = []
            piece.reserveCapacity(ContextArchive.pieceSize)
            // Room for a header with the longest names there are, and for a file's padding.
            while piece.count < ContextArchive.pieceSize - (16 << 10) {
                if file != nil {
                    try send(&piece)
                } else if index < entries.count {
                    try begin(entries[index], &piece)
                    index += 1
                } else {
                    return try finish(piece)
                }
            }
            return piece
        }

        /// What is not a file of the context fits into memory already.
        private mutating func finish(_ piece: [UInt8]) throws(TaskError) -> [UInt8] {
            isAtEnd = true
            return piece + extra.flatMap { Archive.entry($0.0, $0.1) } + Archive.end
        }

        private mutating func begin(_ entry: BuildContext.Entry, _ piece: inout [UInt8]) throws(TaskError) {
            switch entry.kind {
            case .directory: piece += Archive.header(entry.path, mode: entry.mode, .directory)
            case .link(let target): piece += Archive.header(entry.path, mode: entry.mode, .link(to: target))
            case .file(let size, let digest):
                let handle = try open(entry.path)
                var status = stat()
                guard fstat(handle.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                    throw changed(entry.path)
                }
                piece += Archive.header(entry.path, mode: entry.mode, .file(size: size))
                file = Open(handle: handle, place: entry.path, digest: digest, size: size, left: size)
            }
        }

        /// Opens a file below the root, following no link on the way.
        private mutating func open(_ path: String) throws(TaskError) -> Descriptor {
            // By bytes: to a character, what follows a slash may belong.
            var parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
            let name = parts.removeLast()
            let parent = path[..<name.startIndex]
            if directory.map({ !$0.path.utf8.elementsEqual(parent.utf8) }) ?? true {
                var handle = root
                for part in parts { handle = try open(part, O_DIRECTORY, in: handle, path) }
                directory = (parent, handle)
            }
            return try open(name, 0, in: directory?.handle ?? root, path)
        }

        private func open(
            _ name: Substring, _ flags: Int32, in directory: Descriptor, _ path: String
        ) throws(TaskError) -> Descriptor {
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags
            let number = openat(directory.number, String(name), flags)
            if number == -1 {
                if [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(errno) { throw changed(path) }
                throw failed(path, SystemError("open", ""))
            }
            return Descriptor(owning: number)
        }

        private mutating func send(_ piece: inout [UInt8]) throws(TaskError) {
            guard var file else { return }
            let start = piece.count
            // The last 512 bytes are for padding. One byte more than is left tells that a file has grown.
            let room = min(ContextArchive.pieceSize - 512 - start, file.left + 1)
            piece.append(contentsOf: repeatElement(0, count: room))
            let count = piece.withUnsafeMutableBytes { bytes in
                while true {
                    let count = read(file.handle.number, bytes.baseAddress?.advanced(by: start), room)
                    if count >= 0 || errno != EINTR { return count }
                }
            }
            if count < 0 { throw failed(file.place, SystemError("read", "")) }
            piece.removeLast(room - count)
            if count > file.left { throw changed(file.place) }
            piece.withUnsafeBytes { file.hash.update(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            file.left -= count
            self.file = file
            if count > 0 { return }
            if file.left > 0 || file.hash.finish() != file.digest { throw changed(file.place) }
            piece += Archive.padding(after: file.size)
            self.file = nil
        }

        private func changed(_ path: String) -> TaskError {
            TaskError(
                "'\(PlainText.line("\(self.path)/\(path)"))' changed while it was being sent to the engine",
                next: "try again once nothing writes to it, or name it in '\(PlainText.line(self.path))/.dockerignore'")
        }

        private func failed(_ path: String, _ error: SystemError) -> TaskError {
            TaskError(
                "'\(PlainText.line("\(self.path)/\(path)"))' cannot be read: \(error.reason)",
                next: "make it readable, and try again")
        }
    }
}

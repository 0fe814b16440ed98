import System

/// A pipe through which a large transfer goes without passing through this process.
struct Pipe {
    let read: Descriptor
    let write: Descriptor
}

/// Pipes for the transfers that have bytes on their way right now; an idle connection has none.
struct Pipes {
    /// How many stay open unused.
    private static let spare = 4

    private let limit: Int
    /// Bytes that one holds.
    let size: Int
    private var unused: [Pipe] = []
    private var used = 0

    init(limit: Int, size: Int) {
        self.limit = limit
        self.size = size
    }

    /// An empty pipe; nil where there are enough in use, or the system has none left.
    mutating func take() -> Pipe? {
        guard used < limit else { return nil }
        if let pipe = unused.popLast() {
            used += 1
            return pipe
        }
        guard let ends = try? ByteTransfer.pipe(size: size) else { return nil }
        used += 1
        return Pipe(read: ends.read, write: ends.write)
    }

    /// Takes a pipe back. One that is not empty is closed, and what is in it is lost.
    mutating func put(_ pipe: Pipe, isEmpty: Bool) {
        used -= 1
        if isEmpty, unused.count < Self.spare { unused.append(pipe) }
    }

    /// Closes what is not in use.
    mutating func release() { unused = [] }
}

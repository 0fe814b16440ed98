import Glibc
import NetworkPolicy
import System

/// An address book that outlives the process: agents keep the addresses of names, which must not mean other names after
/// a restart. One file: the secret in hexadecimal digits, then a name a line, in the order in which they got their
/// addresses. A name's address is only handed out once the name is in the file.
final class AddressBookFile {
    private let path: String
    private let file: Descriptor
    private var book: AddressBook
    /// Where the next name is written. A piece of a name behind it, from a write that failed, is overwritten.
    private var end: Int

    private static let secretLength = 32
    /// The longest line: a name and the line's end.
    private static let longestLine = 254

    /// Opens the file, or makes it with a new secret.
    ///
    /// - Throws: `SystemError`: `EBADMSG` where something else than a book is in it (a last line that was cut off is
    ///   left out), `EPERM` where others may read or write it, `EFBIG` where it has more names than `capacity`,
    ///   `ELOOP` where it is a link.
    init(path: String, capacity: Int) throws(SystemError) {
        self.path = path
        if !Files.exists(path) {
            var random = SystemRandomNumberGenerator()
            let secret = (0..<Self.secretLength).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Files.replace(path, with: Array((Hexadecimal.text(secret) + "\n").utf8))
        }
        file = try Descriptor.open(path, O_RDWR | O_NOFOLLOW)
        try Self.checkOwner(of: file, path)
        let names = min(capacity, AddressBook.mostNames)
        let content = try Files.read(file, path, limit: 2 * Self.secretLength + 1 + names * Self.longestLine)
        (book, end) = try Self.read(content, path, capacity: capacity)
    }

    /// The address of a name, in host order, which it gets now where it has none; nil where the book is full.
    ///
    /// - Throws: `SystemError` where the name could not be written; it has no address then.
    func address(of name: HostName) throws(SystemError) -> UInt32? {
        if book.contains(name) { return book.address(of: name) }
        guard let address = book.address(of: name) else { return nil }
        do throws(SystemError) {
            try append(Array("\(name)\n".utf8))
        } catch {
            book.remove(name)
            throw SystemError("write", path, code: error.code)
        }
        return address
    }

    /// Whose address this is; nil where it is nobody's.
    func name(at address: UInt32) -> HostName? { book.name(at: address) }

    /// How many names have an address.
    var count: Int { book.count }

    private func append(_ line: [UInt8]) throws(SystemError) {
        guard lseek(file.number, off_t(end), SEEK_SET) != -1 else { throw SystemError("write", path) }
        try file.write(line)
        end += line.count
    }

    private static func checkOwner(of file: Descriptor, _ path: String) throws(SystemError) {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw SystemError("examine", path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw SystemError("trust", path, code: EPERM)
        }
    }

    private static func read(
        _ content: [UInt8], _ path: String, capacity: Int
    ) throws(SystemError) -> (AddressBook, end: Int) {
        let damaged = SystemError("read", path, code: EBADMSG)
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // After the last line's end there is nothing, or a line that was cut off.
        let torn = lines.popLast()?.count ?? 0
        guard let first = lines.first, let secret = Hexadecimal.bytes(first), secret.count == secretLength else {
            throw damaged
        }
        var book = AddressBook(secret: secret, capacity: capacity)
        for line in lines.dropFirst() {
            guard let name = HostName(String(decoding: line, as: UTF8.self)), line.elementsEqual(name.description.utf8),
                !book.contains(name)
            else { throw damaged }
            guard book.address(of: name) != nil else { throw SystemError("read", path, code: EFBIG) }
        }
        return (book, content.count - torn)
    }
}

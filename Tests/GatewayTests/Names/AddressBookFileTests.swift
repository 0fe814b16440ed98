import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Address book file") final class AddressBookFileTests {
    private let directory: String
    private var path: String { "\(directory)/addresses" }

    init() throws {
        var template = Array("/tmp/task-addresses-XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        for name in (try? Files.list(directory)) ?? [] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    private func name(_ text: String) throws -> HostName { try #require(HostName(text)) }

    private func content() throws -> String { String(decoding: try Files.read(path), as: UTF8.self) }

    private func failure(_ text: String, capacity: Int = 10, mode: UInt32 = 0o600) throws -> Int32? {
        try Files.replace(path, with: Array(text.utf8), mode: mode)
        do throws(SystemError) {
            _ = try AddressBookFile(path: path, capacity: capacity)
            return nil
        } catch {
            return error.code
        }
    }

    private let secret = String(repeating: "0123456789abcdef", count: 4)

    @Test("addresses survive, and the secret is nobody else's")
    func survive() throws {
        var addresses: [UInt32?] = []
        do {
            let book = try AddressBookFile(path: path, capacity: 100)
            addresses = try (0..<50).map { try book.address(of: name("n\($0).test")) }
            #expect(try book.address(of: name("n7.test")) == addresses[7])
        }
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try content().split(separator: "\n").dropFirst().map(String.init) == (0..<50).map { "n\($0).test" })
        let again = try AddressBookFile(path: path, capacity: 100)
        #expect(again.count == 50)
        for index in 0..<50 {
            let address = try #require(addresses[index])
            #expect(try again.name(at: address) == name("n\(index).test"))
            #expect(try again.address(of: name("n\(index).test")) == address)
        }
        let other = try AddressBookFile(path: "\(directory)/other", capacity: 100)
        #expect(try other.address(of: name("n0.test")) != addresses[0])
    }

    @Test("a last line that was cut off is left out and written over")
    func torn() throws {
        #expect(try failure("\(secret)\na.test\nvery.long.name.tes") == nil)
        let book = try AddressBookFile(path: path, capacity: 10)
        #expect(book.count == 1)
        let address = try book.address(of: name("b.test"))
        #expect(try content().hasPrefix("\(secret)\na.test\nb.test\n"))
        let again = try AddressBookFile(path: path, capacity: 10)
        #expect(again.count == 2)
        #expect(try again.address(of: name("b.test")) == address)
    }

    @Test("a secret that was cut off, or anything else, is no book")
    func damaged() throws {
        let damaged = [
            "", secret, secret.dropLast() + "\n", secret + "0\n", secret + "00\n", secret.dropLast() + "g\n",
            secret + "\r\n", "a.test\n", "\(secret)\n\n", "\(secret)\na.test\n\nb.test\n", "\(secret)\nA.test\n",
            "\(secret)\na.test.\n", "\(secret)\na b\n", "\(secret)\n127.0.0.1\n", "\(secret)\na.test\na.test\n",
            "\(secret)\nä.test\n", "\(secret)\na\0.test\n",
        ]
        for text in damaged { #expect(try failure(text) == EBADMSG, "\(text.debugDescription)") }
    }

    @Test("more names than there may be")
    func tooMany() throws {
        #expect(try failure("\(secret)\na.test\nb.test\n", capacity: 2) == nil)
        #expect(try failure("\(secret)\na.test\nb.test\nc.test\n", capacity: 2) == EFBIG)
        #expect(try failure("\(secret)\n" + String(repeating: "x", count: 10_000), capacity: 2) == EFBIG)
        #expect(try failure("\(secret)\na.test\n", capacity: .max) == nil)
        let book = try AddressBookFile(path: "\(directory)/new", capacity: 1)
        #expect(try book.address(of: name("a.test")) != nil)
        #expect(try book.address(of: name("b.test")) == nil)
        #expect(book.count == 1)
    }

    @Test("what others may read or write, or what is a link or no file, is not trusted")
    func trust() throws {
        for mode in [0o640, 0o604, 0o620, 0o666] as [UInt32] {
            try Files.replace(path, with: Array("\(secret)\n".utf8))
            try Files.setMode(mode, of: path)
            #expect(throws: SystemError("trust", path, code: EPERM)) {
                _ = try AddressBookFile(path: self.path, capacity: 1)
            }
        }
        try Files.setMode(0o600, of: path)
        let link = "\(directory)/link"
        #expect(symlink(path, link) == 0)
        #expect(throws: SystemError("open", link, code: ELOOP)) { _ = try AddressBookFile(path: link, capacity: 1) }
        #expect(symlink("\(directory)/nowhere", "\(directory)/dangling") == 0)
        #expect(throws: SystemError.self) {
            _ = try AddressBookFile(path: "\(self.directory)/dangling", capacity: 1)
        }
        #expect(throws: SystemError("open", directory, code: EISDIR)) {
            _ = try AddressBookFile(path: self.directory, capacity: 1)
        }
    }

    @Test("a name that cannot be written gets no address, and what came of it is written over")
    func noRoom() throws {
        let book = try AddressBookFile(path: path, capacity: 10)
        let address = try book.address(of: name("a.test"))
        let number = try #require(try descriptor(of: path))
        // The book's own descriptor is taken away from it, a piece of a name appended as a full disk would leave it.
        try exchange(number, for: O_RDONLY)
        #expect(throws: SystemError("write", path, code: EBADF)) { _ = try book.address(of: self.name("b.test")) }
        #expect(book.count == 1)
        try Descriptor.open(path, O_WRONLY | O_APPEND).write(Array("very.long.nam".utf8))
        try exchange(number, for: O_RDWR)
        let next = try book.address(of: name("c.test"))
        #expect(try content().contains("\na.test\nc.test\n"))
        let again = try AddressBookFile(path: path, capacity: 10)
        #expect(again.count == 2)
        #expect(try again.address(of: name("a.test")) == address)
        #expect(try again.address(of: name("c.test")) == next)
    }

    private func exchange(_ number: Int32, for flags: Int32) throws {
        let other = try Descriptor.open(path, flags)
        #expect(dup2(other.number, number) == number && fcntl(number, F_SETFD, FD_CLOEXEC) == 0)
    }

    /// The number under which this process has a file open.
    private func descriptor(of path: String) throws -> Int32? {
        try Files.list("/proc/self/fd").compactMap { Int32($0) }.first {
            (try? Files.resolve("/proc/self/fd/\($0)")) == path
        }
    }
}

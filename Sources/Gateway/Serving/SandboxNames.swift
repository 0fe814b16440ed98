import NetworkPolicy
import System

/// Which address stands for which name in the sandbox: on disk, or for as long as this process lives.
struct SandboxNames {
    /// The block of addresses that stand for names (198.18.0.0/15, RFC 2544), by its first one.
    static let usualBlock: UInt32 = 0xc612_0000
    /// What the addresses of the block differ in.
    private static let mask: UInt32 = 0x1_ffff

    private enum Book {
        case file(AddressBookFile)
        case memory(AddressBook)
    }

    private let block: UInt32
    private var book: Book

    /// Tests use another block, one that is local on every machine.
    init(path: String?, capacity: Int, block: UInt32) throws(SystemError) {
        self.block = block
        if let path {
            book = .file(try AddressBookFile(path: path, capacity: capacity))
        } else {
            var random = SystemRandomNumberGenerator()
            let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
            book = .memory(AddressBook(secret: secret, capacity: capacity))
        }
    }

    /// The address of a name, in host order; nil where there are too many names.
    mutating func address(of name: HostName) throws(SystemError) -> UInt32? {
        let found: UInt32?
        switch book {
        case .file(let file): found = try file.address(of: name)
        case .memory(var memory):
            found = memory.address(of: name)
            book = .memory(memory)
        }
        return found.map { block | $0 & Self.mask }
    }

    /// Whose address this is.
    func name(at address: UInt32) -> HostName? {
        let address = Self.usualBlock | address & Self.mask
        return switch book {
        case .file(let file): file.name(at: address)
        case .memory(let memory): memory.name(at: address)
        }
    }

    /// Whether an address is of the block.
    func has(_ address: UInt32) -> Bool { address & ~Self.mask == block }
}

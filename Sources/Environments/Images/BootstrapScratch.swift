import System

/// Where mmdebstrap(1) puts a system together before it becomes an archive: in memory where there is plenty, which takes
/// half the time of thousands of small files on a disk. `TMPDIR` says otherwise.
struct BootstrapScratch: Equatable {
    /// Every Linux has it, and every user may write there.
    private static let memory = "/dev/shm"
    /// Several times what installed definitions take, in bytes: a full memory is worse than a slow disk.
    private static let (leastRoom, leastMemory): (UInt64, UInt64) = (2 << 30, 4 << 30)

    /// The directory; nil for mmdebstrap's own choice.
    let directory: String?

    /// What is best on this machine now.
    static var current: BootstrapScratch {
        BootstrapScratch(
            chosen: ProcessEnvironment.current["TMPDIR"], isUsable: Machine.allowsPrograms(at: memory),
            room: Machine.room(at: memory) ?? 0, available: Machine.availableMemory)
    }

    /// - Parameters:
    ///   - chosen: the user's `TMPDIR`.
    ///   - isUsable: whether programs can be run in the memory's file system.
    ///   - room: what may be written there, in bytes.
    ///   - available: memory that programs can still have, in bytes.
    init(chosen: String?, isUsable: Bool, room: UInt64, available: UInt64) {
        let isPlenty = room >= Self.leastRoom && available >= Self.leastMemory
        directory = chosen == nil && isUsable && isPlenty ? Self.memory : nil
    }

    /// What to do where there was too little room.
    var hint: String? {
        directory == nil ? nil : "the same command with TMPDIR=/var/tmp, to put it together on the disk"
    }
}

import System

/// One direction of a connection: what is on its way, and what the kernel has said about both ends.
struct Flow {
    /// What became of a turn.
    enum Outcome {
        /// Nothing can be done until there is news.
        case waiting
        /// There is more to do, and it is others' turn.
        case more
        /// All has been passed on, and the end too.
        case done
        /// The source was broken off.
        case sourceFailed
        /// The target takes no more.
        case targetFailed
        /// There is no room left to keep what the target does not take.
        case overfull
        /// The guard refuses what was received.
        case refused(HTTPRefusal)
    }

    /// The source has, or may have, something to read.
    var canRead = false
    /// The target takes, or may take, something.
    var canWrite = false
    /// The source has said that there will be no more, or broken off: reading on finds out which.
    var isEnding = false
    /// There will be no more.
    var hasEnded = false
    /// The target has been told so, or takes no more.
    var isDone = false
    /// How many bytes were passed on.
    var carried: UInt64 = 0
    /// What was received and is not passed on yet, from `sent` on.
    var held: [UInt8] = []
    var sent = 0
    /// The pipe that has the next bytes, and how many.
    var pipe: Pipe?
    var piped = 0
    /// Much came when the source was read last.
    var isBusy = false
    /// Bytes that were received and are looked at before they are passed on, wherever they are kept.
    var withheld = 0

    /// Takes note of news of the end that it comes from.
    mutating func hear(asSource ready: Poller.Interest) {
        if !ready.isDisjoint(with: [.reading, .ending, .over]) { canRead = true }
        if !ready.isDisjoint(with: [.ending, .over]) { isEnding = true }
    }

    /// Takes note of news of the end that it goes to.
    mutating func hear(asTarget ready: Poller.Interest) {
        if !ready.isDisjoint(with: [.writing, .over]) { canWrite = true }
    }
}

import Dispatch
import Glibc
import Synchronization

/// The way of signals from their handler to those who watch for them: a pipe, since a handler may do little more than
/// write to one (signal-safety(7)).
final class SignalRelay: Sendable {
    static let shared = SignalRelay()

    private struct Watch {
        var id: Int
        var numbers: [Int32]
        var handler: @Sendable () -> Void
    }

    private struct State {
        var watches: [Watch] = []
        var latest = 0
        /// What the signals did before, and do again when nobody watches for them any more.
        var previous: [Int32: sigaction] = [:]
    }

    private let pipe: (read: Descriptor, write: Descriptor)
    // Signals are told here and nowhere else: what was read has been told when the next thing happens.
    private let queue = DispatchQueue(label: "signals")
    // Dispatch does not say so, but its sources may be used from any thread.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private let state = Mutex(State())

    private init() {
        do throws(SystemError) {
            pipe = try Descriptor.pipe()
            try pipe.read.setNonBlocking()
            try pipe.write.setNonBlocking()
        } catch {
            // A process that may not open two files can do nothing else either.
            let text = "task: \(error)\n"
            _ = write(STDERR_FILENO, text, text.utf8.count)
            exit(EXIT_FAILURE)
        }
        entrance = pipe.write.number
        source = DispatchSource.makeReadSource(fileDescriptor: pipe.read.number, queue: queue)
        source.setEventHandler { [weak self] in self?.tell() }
        source.resume()
    }

    func add(_ numbers: [Int32], _ handler: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.latest += 1
            state.watches.append(Watch(id: state.latest, numbers: numbers, handler: handler))
            for number in numbers where state.previous[number] == nil {
                var relaying = sigaction()
                relaying.__sigaction_handler.sa_handler = relay
                relaying.sa_flags = SA_RESTART
                var previous = sigaction()
                sigaction(number, &relaying, &previous)
                state.previous[number] = previous
            }
            return state.latest
        }
    }

    /// Tells the watch what has arrived, and then nothing more.
    func remove(_ id: Int) {
        queue.sync {
            state.withLock { state in
                let others = Set(state.watches.filter { $0.id != id }.flatMap(\.numbers))
                for (number, var previous) in state.previous where !others.contains(number) {
                    sigaction(number, &previous, nil)
                    state.previous[number] = nil
                }
            }
            tell()
            state.withLock { $0.watches.removeAll { $0.id == id } }
        }
    }

    /// Called on the queue alone.
    private func tell() {
        while let numbers = try? pipe.read.read(atMost: 64), !numbers.isEmpty {
            for number in numbers {
                let watches = state.withLock { $0.watches.filter { $0.numbers.contains(Int32(number)) } }
                for watch in watches { watch.handler() }
            }
        }
    }
}

/// Where the handler writes; it stands before the first handler does.
private nonisolated(unsafe) var entrance: Int32 = -1

private func relay(_ number: Int32) {
    let code = errno
    var byte = UInt8(truncatingIfNeeded: number)
    // A pipe that is full holds enough signals of every kind.
    _ = write(entrance, &byte, 1)
    errno = code
}

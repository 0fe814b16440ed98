import Foundation
import Glibc
import Synchronization
import System
import Testing

@testable import TaskModel

/// What a program found out about the place where it runs: lines `@name=value` among what it printed.
struct Findings {
    private var values: [String: String] = [:]
    /// Everything that was found.
    var all: [String: String] { values }

    init(_ output: String) {
        for line in output.split(whereSeparator: \.isNewline) where line.hasPrefix("@") {
            let pair = line.dropFirst().split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
    }

    /// The value, or `nothing` where the program did not get that far.
    subscript(name: String) -> String { values[name] ?? "nothing" }

    /// The names that were tried with success.
    var done: Set<String> { Set(values.filter { $0.value == "done" }.keys) }
}

/// A program that listens on every address of the host, and counts who comes.
final class HostListener: Sendable {
    let port: UInt16
    private let socket: Descriptor
    private let count = Mutex(0)

    init() throws {
        let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(made >= 0)
        socket = Descriptor(owning: made)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) == 0 && listen(made, 16) == 0 && getsockname(made, $0, &length) == 0
            }
        }
        try #require(bound)
        port = UInt16(bigEndian: address.sin_port)
        let thread = Thread { [self] in
            while true {
                let connection = accept(made, nil, nil)
                if connection < 0 { return }
                close(connection)
                count.withLock { $0 += 1 }
            }
        }
        thread.start()
    }

    /// How many connections were accepted.
    var accepted: Int { count.withLock { $0 } }

    func stop() { _ = shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// The host's own IPv4 addresses, without those of `lo`.
    static var addresses: [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        return sequence(first: list, next: { $0?.pointee.ifa_next }).compactMap { entry in
            guard let address = entry?.pointee.ifa_addr, address.pointee.sa_family == AF_INET else { return nil }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                return nil
            }
            let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return name.hasPrefix("127.") ? nil : name
        }
    }
}

extension World {
    /// Runs a program in an ordinary container of the same engine: what is possible without the guard.
    func unguarded(_ image: String, _ program: [String], options: [String] = []) throws -> String {
        let arguments = ["run", "--rm", "--name", "\(prefix)-control"] + options + ["--entrypoint", program[0], image]
        // Podman's monitor can leave a file in the directory that it was started in.
        let result = try Subprocess(engine.rawValue, arguments + program.dropFirst(), directory: root)
            .runBlocking(seconds: 120)
        return result.outputText + result.errorText
    }

    /// The image that a task ran in.
    func image(_ name: String) throws -> String { try #require(try record(name).currentState.image).id }

    /// Everything that happened to a task, as `task events --json` prints it.
    func events(_ name: String) throws -> [TaskEvent] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try task("events", "--json", name).output.split(separator: "\n")
            .map { try decoder.decode(TaskEvent.self, from: Data($0.utf8)) }
    }

    /// The containers of a task that the engine knows.
    func containers(_ name: String) throws -> [String] {
        try engine.run("ps", "-a", "--filter", "name=\(name)-", "--format", "{{.Names}}").outputText
            .split(separator: "\n").map(String.init)
    }

    /// The living supervisors of a task, by their process numbers.
    func supervisors(_ name: String) throws -> [Int32] {
        try Files.list("/proc").compactMap(Int32.init).filter { pid in
            let words = ((try? Files.read("/proc/\(pid)/cmdline")) ?? []).split(separator: 0)
            return words.count == 4 && Array(words[1]) == Array("supervise".utf8) && Array(words[3]) == Array(name.utf8)
        }
    }

    /// Whether a supervisor of a task lives, or is still on its way out: it holds the task's lock until it is.
    func isSupervised(_ name: String) throws -> Bool {
        try !supervisors(name).isEmpty || FileLock.isHeld("\(state)/task/tasks/\(name)/lock")
    }

    /// Kills the supervisor of a task without giving it the chance to do anything.
    func killSupervisor(_ name: String) throws {
        let pid = try #require(try supervisors(name).first)
        try #require(kill(pid, SIGKILL) == 0)
        try wait("the supervisor of '\(name)' is gone") { try !isSupervised(name) }
    }

    /// Runs `task` with its output on a pseudo-terminal, and returns what a person's terminal would have received.
    func onTerminal(_ arguments: [String]) throws -> (code: Int32, bytes: [UInt8]) {
        let master = try Descriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (locked, number): (Int32, UInt32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2): unlock the other side, and ask for its number.
        try #require(ioctl(master.number, 0x4004_5431, &locked) == 0 && ioctl(master.number, 0x8004_5430, &number) == 0)
        let child: ChildProcess
        do {
            let side = try Descriptor.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
            child = try ChildProcess(
                Subprocess(Self.program, arguments, environment: environment, directory: project),
                output: .descriptor(side), errors: .descriptor(side), ownSession: true)
        }
        var bytes: [UInt8] = []
        // Reading fails once nobody has the other side open any more.
        while let chunk = try? master.read(atMost: 65536), !chunk.isEmpty { bytes += chunk }
        guard case .code(let code) = child.wait() else { return (-1, bytes) }
        return (code, bytes)
    }
}

/// Runs a test in one world per engine at the same time: first something in each, then what they are needed for.
func inWorlds(_ engines: [TestEngine], _ body: (World) throws -> Void, then: () throws -> Void) throws {
    guard let engine = engines.first else { return try then() }
    try inWorld(engine) { world in
        try body(world)
        try inWorlds(Array(engines.dropFirst()), body, then: then)
    }
}

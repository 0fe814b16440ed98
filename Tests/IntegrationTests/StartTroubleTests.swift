import Foundation
import Glibc
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct StartTroubleTests {
        @Test("of two that want one name at the same time, one gets it", arguments: TestEngine.all)
        func oneName(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for attempt in 1...10 {
                    let name = world.name("race\(attempt)")
                    let commands = try (1...2).map { number in
                        try world.begin([
                            "run", "--isolated", "-d", "--name", name, "--", "sh", "-c",
                            "echo I am \(number); exec sleep 1000",
                        ])
                    }
                    let outcomes = try commands.map { try $0.wait() }
                    #expect(outcomes.map(\.code).sorted() == [0, 125], "\(outcomes.map(\.errors))")
                    let loser = try #require(outcomes.first { $0.code != 0 })
                    #expect(loser.errors.contains("the name '\(name)' is taken"), "\(loser.errors)")
                    let winner = outcomes[0].code == 0 ? 1 : 2
                    try world.wait(name, prints: "I am \(winner)")
                    #expect(try world.containers().count == 1)
                    #expect(try world.task("rm", "--force", name).code == 0)
                    #expect(try world.leftovers() == [])
                }
            }
        }

        @Test("an interrupt at any moment of the start leaves nothing", arguments: TestEngine.all)
        func interrupt(engine: TestEngine) throws {
            try inWorld(engine) { world in
                var interrupted = 0
                for milliseconds in [5, 20, 40, 60, 80, 110, 140, 180, 240, 320, 400, 500] {
                    let name = world.name("int\(milliseconds)")
                    let command = try world.begin(["run", "--isolated", "-d", "--name", name, "--", "sleep", "1000"])
                    usleep(UInt32(milliseconds) * 1000)
                    command.signal(SIGINT)
                    let outcome = try command.wait()
                    if outcome.code == 0 {
                        // It was there already.
                        #expect(outcome.output == "\(name)\n")
                        #expect(try world.record(name).currentState.phase == .running)
                        #expect(try world.task("rm", "--force", name).code == 0)
                    } else {
                        interrupted += 1
                        #expect(outcome.code == 128 + SIGINT, "after \(milliseconds) ms: \(outcome.errors)")
                        #expect(outcome.output == "")
                    }
                    let left = try world.leftovers().filter { $0.contains(name) || $0.contains("/.") }
                    #expect(left == [], "after \(milliseconds) ms: \(outcome.errors)")
                    try world.wait("the supervisor goes, after \(milliseconds) ms") { try world.supervisors() == [] }
                }
                #expect(interrupted > 2)
            }
        }

        @Test("an interrupt that comes too late does not keep the name back", arguments: TestEngine.all)
        func lateInterrupt(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("late")
                let (command, reader) = try world.beginAtFullPipe(
                    ["run", "--isolated", "-d", "--name", name, "--", "sleep", "1000"], number: STDOUT_FILENO)
                try world.wait("the command is about to print") {
                    try command.isWriting(name.utf8.count + 1, to: STDOUT_FILENO)
                }
                for signal in [SIGINT, SIGTERM] { command.signal(signal) }
                usleep(300_000)
                let text = try reader.readToEnd()
                let outcome = try command.wait()
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(text.drop { $0 == "." } == "\(name)\n")
                #expect(try world.record(name).currentState.phase == .running)
                #expect(try world.task("rm", "--force", name).code == 0)
                #expect(try world.leftovers() == [])
            }
        }

        @Test("one that comes when the agent runs leaves it, and says so", arguments: TestEngine.all)
        func interruptBeforeWaiting(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try world.write("draft", "not committed\n")
                let notice = """
                    task: 1 uncommitted change (draft) stays out of the task; commit first, or take a file along with \
                    --include <path>\n
                    """
                let name = world.name("late")
                let (command, reader) = try world.beginAtFullPipe(
                    ["run", "--isolated", "--wait", "--name", name, "--", "sleep", "1000"], number: STDERR_FILENO)
                try world.wait("the command is about to say what stays out") {
                    try command.isWriting(notice.utf8.count, to: STDERR_FILENO)
                }
                command.signal(SIGINT)
                usleep(300_000)
                let text = try reader.readToEnd()
                #expect(try command.wait().code == 128 + SIGINT)
                #expect(text.drop { $0 == "." } == "\(notice)task: '\(name)' runs; task attach \(name) comes to it\n")
                #expect(try world.record(name).currentState.phase == .running)
                #expect(try world.task("rm", "--force", name).code == 0)
                #expect(try world.leftovers() == [])
            }
        }

        @Test("a full disk: a clear error, and nothing is left", arguments: TestEngine.all)
        func fullDisk(engine: TestEngine) throws {
            try #require(getuid() == 0, "this test mounts a file system")
            try inWorld(engine) { world in
                var failures = 0
                for kilobytes in [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 256, 512] {
                    let disk = "\(world.root)/disk"
                    try Files.makeDirectory(disk)
                    let mount = try Subprocess("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", disk])
                        .runBlocking(seconds: 10)
                    try #require(mount.succeeded, "\(mount.errorText)")
                    // What is tried is a full disk for the task, not for its image.
                    try Files.makeDirectory("\(disk)/task")
                    symlink("\(world.state)/task/images", "\(disk)/task/images")
                    let usual = world.environment["XDG_STATE_HOME"]
                    world.environment["XDG_STATE_HOME"] = disk
                    defer {
                        world.environment["XDG_STATE_HOME"] = usual
                        _ = try? Subprocess("umount", ["-l", disk]).runBlocking(seconds: 10)
                    }
                    let name = world.name("full")
                    let outcome = try world.task("run", "--isolated", "-d", "--name", name, "--", "sleep", "1000")
                    if outcome.code == 0 {
                        // Work that cannot be brought home is no work to throw away: first there must be space.
                        _ = try Subprocess("mount", ["-o", "remount,size=16m", disk]).runBlocking(seconds: 10)
                        let removed = try world.task("rm", "--force", name)
                        #expect(removed.code == 0, "\(kilobytes) KiB: \(removed.errors)")
                    } else {
                        failures += 1
                        #expect(outcome.code == 125, "\(kilobytes) KiB: \(outcome.errors)")
                        // Where git is the first to notice, it says so in words of its own.
                        let words = ["no space left", "unable to write", "out of diskspace"]
                        let isClear = words.contains { outcome.errors.lowercased().contains($0) }
                        #expect(isClear, "\(kilobytes) KiB: \(outcome.errors)")
                    }
                    let tasks = "\(disk)/task/tasks"
                    #expect(
                        try !Files.exists(tasks) || Files.list(tasks).isEmpty, "\(kilobytes) KiB: \(outcome.errors)")
                    #expect(try world.leftovers() == [], "\(kilobytes) KiB: \(outcome.errors)")
                    try world.wait("the supervisor goes") { try world.supervisors() == [] }
                }
                #expect(failures > 1)
            }
        }
    }
}

extension World {
    /// Starts `task` with a pipe for one of its outputs that holds as many dots as go in: what it prints has to wait
    /// for who reads from the other end.
    func beginAtFullPipe(_ arguments: [String], number: Int32) throws -> (RunningCommand, Descriptor) {
        let (reader, writer) = try Descriptor.pipe()
        try writer.write([UInt8](repeating: UInt8(ascii: "."), count: 65_536))  // pipe(7)
        let running = try RunningCommand(command(arguments), files: "\(root)/late", streams: [number: writer])
        return (running, reader)
    }

    /// The supervisors of this world that live, as command lines.
    func supervisors() throws -> [String] {
        try Files.list("/proc").filter { $0.allSatisfy(\.isNumber) }.compactMap { pid in
            guard let bytes = try? Files.read("/proc/\(pid)/cmdline") else { return nil }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let isOurs = words.contains("supervise") && words.last?.hasPrefix(prefix) == true
            return isOurs ? words.joined(separator: " ") : nil
        }
    }
}

extension Descriptor {
    /// Everything, until nobody can write any more.
    fileprivate func readToEnd() throws -> String {
        var bytes: [UInt8] = []
        while case let chunk = try read(atMost: 4096), !chunk.isEmpty { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }
}

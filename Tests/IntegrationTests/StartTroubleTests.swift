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

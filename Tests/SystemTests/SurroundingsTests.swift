import Glibc
import System
import Testing

@Suite("Directories and the environment") struct DirectoriesTests {
    @Test(
        "the XDG rules",
        arguments: [
            (["HOME": "/h"], "/h/.local/state/task", "/h/.config/task"),
            (["HOME": "/h", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c"], "/s/task", "/c/task"),
            (["HOME": "/h", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""], "/h/.local/state/task", "/h/.config/task"),
            (
                ["HOME": "/h", "XDG_STATE_HOME": "s", "XDG_CONFIG_HOME": "./c"], "/h/.local/state/task",
                "/h/.config/task"
            ),
        ] as [([String: String], String, String)])
    func rules(environment: [String: String], state: String, configuration: String) {
        let directories = Directories(environment: environment)
        #expect(directories.home == "/h")
        #expect(directories.state == state)
        #expect(directories.configuration == configuration)
    }

    @Test("without a usable HOME, the user database says where home is", arguments: [[:], ["HOME": ""], ["HOME": "x"]])
    func noHome(environment: [String: String]) throws {
        let entry = try #require(getpwuid(getuid()))
        #expect(Directories(environment: environment).home == String(cString: entry.pointee.pw_dir))
    }

    @Test("this process's environment is read as the system has it")
    func environment() throws {
        let variables = ProcessEnvironment.current
        let path = try #require(getenv("PATH"))
        #expect(variables["PATH"] == String(cString: path))
        #expect(variables["NO_SUCH_VARIABLE_HERE"] == nil)
    }
}

@Suite("Processes and the machine") struct MachineTests {
    @Test("this process is the same when it is asked again, and another one is another")
    func identity() throws {
        let mine = ProcessIdentity.current
        #expect(mine == .current)
        #expect(mine.pid == getpid())
        // Ticks since boot, a hundred in a second: not in the future.
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let now = UInt64(time.tv_sec + 1) * UInt64(sysconf(Int32(_SC_CLK_TCK)))
        #expect(mine.startTime > 0 && mine.startTime <= now)
        #expect(mine.boot.count == 36 && mine.boot.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }

    @Test("a process is known again by its description, and gone when it has ended")
    func processes() throws {
        let child = try ChildProcess(
            Subprocess("sleep", ["1000"], environment: ["MARK": "of mine", "PATH": "/bin:/usr/bin"]))
        let process = try #require(RunningProcess(child.pid))
        #expect(process.parent == getpid())
        // The kernel sets its variables a moment after it has become another program.
        let patience = Monotonic.now + .seconds(60)
        while !process.hasVariable("MARK", "of mine"), Monotonic.now < patience { usleep(1000) }
        #expect(process.hasVariable("MARK", "of mine"))
        #expect(!process.hasVariable("MARK", "of") && !process.hasVariable("ARK", "of mine"))
        #expect(RunningProcess.all().contains(process))
        let identity = ProcessIdentity(process)
        #expect(ProcessIdentity(identity.description) == identity)
        #expect(identity.process == process)
        let words = identity.description.split(separator: " ")
        // The number alone is not the process: another start, another boot.
        for other in ["\(words[0]) 1 \(words[2])", "\(words[0]) \(words[1]) another"] {
            #expect(try #require(ProcessIdentity(other)).process == nil)
        }
        for text in ["", "1 2", "0 1 x", "a 1 x", "1 b x", "1 2 x y"] { #expect(ProcessIdentity(text) == nil) }
        process.kill()
        // What nobody has waited for yet runs no more.
        let deadline = Monotonic.now + .seconds(60)
        while RunningProcess(child.pid) != nil, Monotonic.now < deadline { usleep(1000) }
        #expect(RunningProcess(child.pid) == nil && identity.process == nil)
        #expect(child.wait() == .signal(SIGKILL))
    }

    @Test("the machine has processors and memory")
    func machine() {
        #expect((1...4096).contains(Machine.processors))
        #expect(Machine.memory > 64 << 20 && Machine.memory < 1 << 50)
    }

    @Test("the clock goes forward, and spans are rounded up")
    func clock() {
        let start = Monotonic.now
        #expect((start + .seconds(2)).milliseconds(from: start) == 2000)
        #expect((start + .nanoseconds(1)).milliseconds(from: start) == 1)
        #expect(start.milliseconds(from: start + .milliseconds(5)) == -5)
        usleep(2000)
        #expect(Monotonic.now >= start + .milliseconds(2))
    }
}

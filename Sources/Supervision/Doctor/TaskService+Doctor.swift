import Environments
import Glibc
import System
public import TaskModel
import TaskStore

/// What `task doctor` says.
public struct DoctorReport: Sendable {
    /// Each thing that was looked at.
    public let checks: [Check]
    /// What it comes to.
    public let assurance: Assurance

    /// True where tasks cannot run.
    public var hasFailed: Bool { checks.contains { $0.status == .failure } }
}

extension TaskService {
    /// Looks at everything that tasks need. Nothing is made, started or removed.
    ///
    /// - Parameter place: the engine asked for; nil for whichever is found first.
    public func examine(_ place: Place?) async -> DoctorReport {
        var facts = DoctorFacts()
        await lookAtEngine(place, &facts)
        lookAtKernel(&facts)
        await lookAtPrograms(&facts)
        lookAtOwnFiles(&facts)
        facts.leftovers = await leftovers(on: place, images: true)
        return DoctorReport(checks: facts.checks, assurance: facts.assurance)
    }

    private func lookAtEngine(_ place: Place?, _ facts: inout DoctorFacts) async {
        switch await EnvironmentService.look(place) {
        case .none(let trouble):
            facts.trouble = (trouble.summary, trouble.mend)
        case .found(let place, let socket, let reason):
            do throws(TaskError) {
                let engine = try EnvironmentService(place: place, socket: socket, stateRoot: store.root)
                facts.engine = try await engine.report()
            } catch {
                facts.trouble = (error.message, error.next)
            }
            facts.reason = reason
            let own = try? Files.resolve(socket)
            facts.others = await EnvironmentService.all().filter { (try? Files.resolve($0.socket)) != own }
                .map { "\($0.place.rawValue) at \(PlainText.line($0.socket))" }
        }
        if let root = facts.engine?.root, !root.isEmpty { facts.engineRoom = Machine.room(at: root) }
    }

    private func lookAtKernel(_ facts: inout DoctorFacts) {
        facts.isRoot = getuid() == 0
        facts.user = EnvironmentService.userName
        facts.kernel = Machine.kernel
        facts.filtersCalls = Files.exists("/proc/sys/kernel/seccomp")
        if Self.word("/sys/module/apparmor/parameters/enabled") == "Y" { facts.modules.append("AppArmor") }
        if Files.exists("/sys/fs/selinux/enforce") { facts.modules.append("SELinux") }
        facts.userNamespaces = Self.word("/proc/sys/user/max_user_namespaces").flatMap { Int($0) }
        // Debian's own switch for everyone but root.
        if getuid() != 0, Self.word("/proc/sys/kernel/unprivileged_userns_clone") == "0" { facts.userNamespaces = 0 }
        let slice = "/sys/fs/cgroup/user.slice/user-\(getuid()).slice/user@\(getuid()).service/cgroup.controllers"
        facts.controllers = Self.word(slice).map { Set($0.split(separator: " ").map(String.init)) }
    }

    private func lookAtPrograms(_ facts: inout DoctorFacts) async {
        facts.git = await version("git", "--version")
        facts.tmux = await version("tmux", "-V")
        for package in ["git", "tmux", "fuse-overlayfs", "apparmor", "container-selinux"] {
            facts.install[package] = EnvironmentService.commandToInstall(package, environment: environment)
        }
    }

    /// The last word of what a program says of its version; nil where there is no such program.
    private func version(_ program: String, _ option: String) async -> String? {
        guard let result = try? await Subprocess(program, [option], environment: environment).run(seconds: 10),
            result.succeeded
        else { return nil }
        let words = result.outputText.split { $0 == " " || $0 == "\n" }
        return (words.first { $0.contains { $0.isNumber } } ?? words.last).map { PlainText.line(String($0), limit: 40) }
    }

    private func lookAtOwnFiles(_ facts: inout DoctorFacts) {
        do throws(TaskError) {
            facts.program = try Installation.find().program
        } catch {
            facts.installation = error
        }
        let directories = Directories(environment: environment)
        let path = "\(directories.configuration)/config.json"
        if Files.exists(path) { facts.configurationPath = path }
        do throws(TaskError) {
            _ = try configuration(for: nil)
        } catch {
            facts.configuration = error
        }
        facts.stateRoot = store.root
        // What is not there yet will be made in the nearest directory above that is.
        var nearest = store.root
        while !Files.exists(nearest), nearest != "/", nearest != "." { nearest = Files.parent(of: nearest) }
        facts.stateRoom = Machine.room(at: nearest)
        facts.stateIsWritable = access(nearest, W_OK | X_OK) == 0
    }

    private static func word(_ path: String) -> String? {
        guard let bytes = try? Files.read(path, limit: 4096) else { return nil }
        return String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
    }
}

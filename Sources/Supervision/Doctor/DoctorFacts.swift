import Environments
import TaskModel

/// All that `task doctor` judges: what was found out, before anything is made of it.
struct DoctorFacts: Sendable {
    /// The engine that tasks would run on.
    var engine: EngineReport?
    /// Why it is that one.
    var reason = ""
    /// Why there is none, and what mends it.
    var trouble: (summary: String, mend: String?)?
    /// Other engines that answer.
    var others: [String] = []
    /// Who would run tasks.
    var user = "root"
    var isRoot = true
    /// The kernel's release.
    var kernel = ""
    /// The kernel filters system calls.
    var filtersCalls = true
    /// Kernel modules that confine programs and are on: `AppArmor`, `SELinux`.
    var modules: [String] = []
    /// How many user namespaces there may be; nil where the kernel does not say.
    var userNamespaces: Int?
    /// The controllers that this user may pass on to containers (version 2); nil where that was not looked at.
    var controllers: Set<String>?
    /// What the programs say of their version; nil where there is none.
    var git: String?
    var tmux: String?
    /// How `git` and `tmux` are installed here.
    var install: [String: String] = [:]
    /// Bytes that are free, by path.
    var stateRoot = ""
    var stateRoom: UInt64?
    var engineRoom: UInt64?
    /// True where the state directory can be written, or made.
    var stateIsWritable = true
    /// What is wrong with this installation, and with the configuration.
    var installation: TaskError?
    var program = ""
    var configuration: TaskError?
    var configurationPath: String?
    /// What crashed runs have left.
    var leftovers = Leftovers()
}

/// What is there and belongs to nobody any more, or to a task that has stopped short.
struct Leftovers: Sendable {
    /// Containers of ours without a task, by name, with their ids.
    var containers: [(name: String, id: String)] = []
    /// Directories of tasks that were never finished or not wholly removed.
    var directories: [String] = []
    /// Tasks that are being prepared by nobody.
    var stuck: [TaskID] = []
    /// Tasks that go on without a supervisor.
    var unsupervised: [TaskID] = []
    /// Tasks whose files cannot be read, with the reason.
    var damaged: [(TaskID, String)] = []
    /// How many images and caches could go.
    var images = 0
}

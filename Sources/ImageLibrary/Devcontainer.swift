import JSONText
import System
import TaskModel

/// Reading a project's `devcontainer.json`. It comes with the project, so it counts for no more than the project does: what
/// would weaken the sandbox, or run something outside it, is refused by name.
struct Devcontainer {
    /// The project's top.
    let project: String
    /// What the user's own configuration allows, by name.
    let allowed: Set<String>
    /// The caller's variables.
    let environment: [String: String]
    /// The file's directory; paths in it are relative to that.
    let directory: String

    /// What the user should know.
    var notices: [String] = []
    /// What to do about the error that is thrown next.
    var advice: String?

    init(project: String, directory: String, allowed: Set<String>, environment: [String: String]) {
        self.project = project
        self.directory = directory
        self.allowed = allowed
        self.environment = environment
    }

    /// Everything that may be allowed in the user's configuration.
    static let refusable = [
        "build.options", "capAdd", "initializeCommand", "localEnv", "mounts", "passes", "privileged", "runArgs",
        "securityOpt", "workspaceFolder", "workspaceMount",
    ]

    private static let read = [
        "name", "image", "build", "dockerFile", "context", "containerEnv", "remoteEnv", "remoteUser", "containerUser",
        "onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand", "mounts",
    ]
    private static let refused = [
        "runArgs", "privileged", "capAdd", "securityOpt", "initializeCommand", "workspaceMount", "workspaceFolder",
        "features", "overrideFeatureInstallOrder", "dockerComposeFile", "service", "runServices",
    ]
    private static let passedOver = [
        "$schema", "customizations", "settings", "extensions", "devPort", "forwardPorts", "portsAttributes",
        "otherPortsAttributes", "appPort", "hostRequirements", "shutdownAction", "overrideCommand",
        "updateRemoteUserUID", "userEnvProbe", "waitFor", "postAttachCommand", "init", "secrets",
    ]

    /// The definition that the file means.
    mutating func definition(_ json: JSONValue, path: String) throws(JSONError) -> ImageDefinition {
        let file = try json.object("the file", keys: Self.read + Self.refused + Self.passedOver)
        try refuse(file)
        let (base, build) = try image(file)
        var definition = ImageDefinition(name: "project", origin: .devcontainer(path), base: base, build: build)
        definition.purpose = try file["name"]?.line("\"name\"") ?? ""
        definition.environment = try variables(file)
        definition.user = try user(file)
        definition.setup = try setup(file)
        definition.mounts = try mounts(file["mounts"])
        noticePassedOver(file)
        definition.notices = notices
        return definition
    }

    /// Whether something that is refused by itself is allowed; else an error at its place.
    mutating func check(_ name: String, at position: JSONPosition, _ reason: String) throws(JSONError) {
        guard !allowed.contains(name) else { return }
        advice = "remove it, or allow it in config.json: {\"devcontainer\": {\"allow\": [\"\(name)\"]}}"
        throw JSONError("\"\(name)\" is refused: \(reason)", at: position)
    }

    private mutating func refuse(_ file: JSONObject) throws(JSONError) {
        for key in ["dockerComposeFile", "service", "runServices"] {
            guard let value = file[key] else { continue }
            advice = "name an image or a Containerfile in it, or use another: task run --image NAME"
            throw JSONError("\"\(key)\" is refused: a task is one container", at: value.position)
        }
        for key in ["features", "overrideFeatureInstallOrder"] {
            guard let value = file[key], value.keys?.isEmpty != true else { continue }
            advice = "install the same in a Containerfile, and name that as \"build\": {\"dockerfile\": …}"
            throw JSONError("\"\(key)\" is refused: features are scripts from a registry", at: value.position)
        }
        for (key, reason) in Self.givenByNoSandbox {
            guard let value = file[key] else { continue }
            if case .bool(false) = value.content { continue }
            try check(key, at: value.position, reason)
            notices.append("\"\(key)\" was passed over: \(Self.afterwards(key))")
        }
        guard let folder = file["workspaceFolder"] else { return }
        if try expand(folder, "\"workspaceFolder\"") == project { return }
        try check("workspaceFolder", at: folder.position, "a sandbox has the project at its own path, \(project)")
        notices.append("\"workspaceFolder\" was passed over: the project is at its own path")
    }

    private static let givenByNoSandbox = [
        ("runArgs", "arguments of the engine decide what a container may do"),
        ("privileged", "it would give the container the whole machine"),
        ("capAdd", "a sandbox has no capabilities"),
        ("securityOpt", "it would change what confines the container"),
        ("initializeCommand", "it would be run on the host, outside any sandbox"),
        ("workspaceMount", "the agent works in a private clone, at the project's own path"),
    ]

    private static func afterwards(_ key: String) -> String {
        switch key {
        case "initializeCommand": "task runs nothing of a project on the host"
        case "workspaceMount": "the agent works in a private clone"
        default: "no sandbox gives it"
        }
    }

    private mutating func user(_ file: JSONObject) throws(JSONError) -> String? {
        for key in ["remoteUser", "containerUser"] {
            guard let value = file[key] else { continue }
            let name = try value.word("\"\(key)\"", "a user's name", where: Word.isUser)
            guard name == "root" else { return name }
            notices.append("\"\(key)\": \"root\" was passed over: agents never run as root here")
            return nil
        }
        return nil
    }

    private mutating func noticePassedOver(_ file: JSONObject) {
        let keys = file.members.map(\.key).filter(Self.passedOver.contains).filter { $0 != "$schema" }
        guard !keys.isEmpty else { return }
        let list = keys.map { "\"\($0)\"" }.joined(separator: ", ")
        notices.append("passed over, since they are for editors and ports: \(list)")
    }
}

import System
public import TaskModel

/// The thin layer that task adds to an image so that tasks can run in it: what the image lacks and nothing else.
public struct Additions: Equatable, Sendable {
    /// Changes to how facts become a Containerfile count here, so that the layer's key changes with them.
    public static let recipe = 1
    /// The oldest git that the workspace and the way home work with.
    static let oldestGit = ProgramVersion(2, 25)

    /// What is added, for people: `git`, `user agent (1000)`.
    public var names: [String]
    /// The packages to install.
    public var packages: [String]
    /// The Containerfile; its build argument `BASE` names the image.
    public var containerfile: String
    /// The name of the agent's account in the image that results.
    public var user: String

    /// What an image lacks; nil where that is nothing.
    ///
    /// - Parameters:
    ///   - facts: what is in it.
    ///   - agent: who the agent is.
    ///   - name: the account that the image is made for; nil for none in particular.
    ///   - imageUser: the `USER` of the image's configuration, which stays; nil for none.
    /// - Throws: `TaskError` that names what lacks, where it cannot be added.
    public init?(
        to facts: ImageFacts, agent: AgentUser, named name: String? = nil, imageUser: String? = nil
    ) throws(TaskError) {
        let lacking = Self.lacking(facts)
        let account = try AccountChange(facts, agent: agent, named: name)
        user = Self.accountName(facts, agent: agent, named: name)
        names = lacking.map(\.name) + [account?.name].compactMap { $0 }
        packages = lacking.map(\.package)
        guard !names.isEmpty else { return nil }
        let what = names.joined(separator: ", ")
        guard facts.hasShell else {
            throw TaskError(
                .noSandbox, "the image lacks \(what), and has no /bin/sh to add it with",
                next: "use a base image with a shell and a package manager, such as debian or alpine")
        }
        var steps: [String] = []
        if !lacking.isEmpty {
            guard let manager = facts.managers.first else {
                throw TaskError(
                    .noSandbox,
                    "the image lacks \(lacking.map(\.name).joined(separator: ", ")), and has none of apt-get, apk, dnf and microdnf",
                    next: "add a RUN line to its Containerfile that installs \(packages.joined(separator: " "))")
            }
            steps.append(manager.installing(packages))
        }
        if let account { steps.append(account.script) }
        if let imageUser, !imageUser.utf8.allSatisfy(Self.isPlain) {
            throw TaskError(
                .noSandbox, "the image's USER '\(PlainText.line(imageUser))' is not a name or number",
                next: "correct it in its Containerfile")
        }
        containerfile = Self.containerfile(steps, restoring: imageUser)
    }

    /// Whether packages are among what is added; an account alone is made without a network.
    static func needsNetwork(_ names: [String]) -> Bool { names.contains { !$0.hasPrefix("user ") } }

    /// What an image of these facts still lacks for an agent, for people; empty where tasks can run in it. It is asked
    /// again of an image that was added to: a package may be older than needed.
    public static func missing(
        _ facts: ImageFacts, agent: AgentUser, named name: String? = nil
    ) throws(TaskError) -> [String] {
        lacking(facts).map(\.name) + [try AccountChange(facts, agent: agent, named: name)?.name].compactMap { $0 }
    }

    /// The name of the agent's account once the image lacks nothing.
    public static func accountName(_ facts: ImageFacts, agent: AgentUser, named name: String? = nil) -> String {
        // The first of a number is the one that programs find, getpwuid(3).
        if let first = facts.users.first(where: { $0.user == agent.user }) { return first.name }
        if let account = try? AccountChange.account(facts, named: name) { return account.name }
        return AccountChange.freeName(facts)
    }

    private static func lacking(_ facts: ImageFacts) -> [(name: String, package: String)] {
        var lacking: [(name: String, package: String)] = []
        switch facts.git {
        case nil: lacking.append(("git", "git"))
        case let git? where (git.version ?? ProgramVersion(0, 0)) < oldestGit:
            lacking.append(("git \(oldestGit) or newer", "git"))
        default: break
        }
        // One that does not run is as good as none.
        if facts.tmux?.version == nil { lacking.append(("tmux", "tmux")) }
        if facts.certificates == nil { lacking.append(("CA certificates", "ca-certificates")) }
        return lacking
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        97...122 ~= byte || 65...90 ~= byte || 48...58 ~= byte || byte == 95 || byte == 45 || byte == 46
    }

    /// The exec form: the image's own `SHELL` is not asked. The base's entrypoint and all else stay as they are.
    private static func containerfile(_ steps: [String], restoring user: String?) -> String {
        let runs = steps.map { "RUN [\"/bin/sh\", \"-c\", \(quoted($0))]" }
        let restore = user.flatMap { $0.isEmpty ? nil : "USER \($0)" }
        return (["ARG BASE", "FROM ${BASE}", "USER 0"] + runs + [restore].compactMap { $0 }).joined(separator: "\n")
            + "\n"
    }

    /// A JSON string. The steps are ASCII of our own; a Containerfile expands no variable in the exec form of RUN.
    private static func quoted(_ step: String) -> String {
        var text = "\""
        for character in step {
            switch character {
            case "\"", "\\": text += "\\\(character)"
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text + "\""
    }
}

extension PackageManager {
    /// A shell line that installs packages and leaves no lists behind.
    func installing(_ packages: [String]) -> String {
        let words = packages.joined(separator: " ")
        return switch self {
        case .apt:
            "export DEBIAN_FRONTEND=noninteractive && apt-get update && "
                + "apt-get install -y --no-install-recommends \(words) && rm -rf /var/lib/apt/lists/*"
        case .apk: "apk add --no-cache \(words)"
        case .dnf: "dnf install -y \(words) && dnf clean all"
        case .microdnf: "microdnf install -y \(words) && microdnf clean all"
        }
    }
}

/// What has to be done so that the agent's number has a name in an image.
struct AccountChange: Equatable {
    /// For people: `user agent (1000)`.
    let name: String
    /// A shell script. It has nothing but the shell itself and `chown`, `cat` and `rm`: images may lack the rest.
    let script: String

    /// Nil where nothing has to be done.
    init?(_ facts: ImageFacts, agent: AgentUser, named name: String?) throws(TaskError) {
        if facts.users.contains(where: { $0.user == agent.user }) { return nil }
        if let account = try Self.account(facts, named: name) {
            guard Self.isPlainPath(account.home) else {
                throw TaskError(
                    .noSandbox,
                    "the home '\(PlainText.line(account.home))' of the image's user '\(account.name)' is not a plain path",
                    next: "correct it in the image's /etc/passwd")
            }
            self.name = "user \(account.name) (\(agent.user) instead of \(account.user))"
            script = Self.renumbering(account, to: agent)
            return
        }
        let new = Self.freeName(facts)
        self.name = "user \(new) (\(agent.user))"
        script = Self.adding(new, agent: agent)
    }

    /// The account that an image is made for, by name or number; nil for none, and for root, which no agent ever is.
    static func account(_ facts: ImageFacts, named name: String?) throws(TaskError) -> ImageAccount? {
        // `user:group` is as good as `user`.
        guard let name = name?.split(separator: ":").first.map(String.init), name != "root" else { return nil }
        if let number = UInt32(name) { return number == 0 ? nil : facts.users.first { $0.user == number } }
        guard let account = facts.users.first(where: { $0.name == name }) else {
            throw TaskError(
                .noSandbox, "the image has no user '\(PlainText.line(name))'",
                next: "name one that it has, or make this one in its Containerfile")
        }
        return account.user == 0 ? nil : account
    }

    /// A name that no account has.
    static func freeName(_ facts: ImageFacts) -> String {
        let taken = Set(facts.users.map(\.name))
        return ["agent", "task-agent"].first { !taken.contains($0) } ?? "task-agent-1"
    }

    /// A path that means itself to a shell between single quotes, and that is no directory of the system's.
    private static func isPlainPath(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.split(separator: "/").contains("..")
            && path.utf8.allSatisfy { 97...122 ~= $0 || 65...90 ~= $0 || 45...57 ~= $0 || $0 == 95 }
    }

    /// A line in group(5) where the number has none, and the account. A file may lack its last line's end.
    private static func adding(_ name: String, agent: AgentUser) -> String {
        """
        set -eu
        has() { [ -f "$1" ] || return 1; while IFS=: read -r _ _ number _ || [ -n "${number:-}" ]; do \
        [ "$number" = "$2" ] && return 0; number=; done < "$1"; return 1; }
        put() { text=; [ ! -f "$1" ] || text=$(cat "$1"); printf '%s\\n' ${text:+"$text"} "$2" > "$1"; }
        has /etc/group \(agent.group) || put /etc/group '\(name):x:\(agent.group):'
        has /etc/passwd \(agent.user) || put /etc/passwd \
        '\(name):x:\(agent.user):\(agent.group):agent:\(SandboxPath.home):/bin/sh'
        """
    }

    /// As devcontainer tools do: the account gets the agent's numbers, and its home goes with it. Where its group has a
    /// number that another group wants, that one keeps it.
    private static func renumbering(_ account: ImageAccount, to agent: AgentUser) -> String {
        // Nobody's home is the system itself: a service account's may be `/` or `/usr/sbin`.
        let ownHome = account.home.hasPrefix("/home/") && account.home.utf8.count > "/home/".utf8.count
        return """
            set -eu
            has() { while IFS=: read -r _ _ number _ || [ -n "${number:-}" ]; do \
            [ "$number" = "$2" ] && return 0; number=; done < "$1"; return 1; }
            text=; while IFS= read -r line || [ -n "$line" ]; do case $line in '\(account.name):'*) \
            line=$(IFS=:; set -f; set -- $line; printf '%s' "$1:${2:-x}:\(agent.user):\(agent.group):${5:-}:${6:-}:${7:-/bin/sh}");; \
            esac; text="$text$line
            "; done < /etc/passwd
            printf '%s' "$text" > /etc/passwd
            [ -f /etc/group ] || : > /etc/group
            has /etc/group \(agent.group) || { \
            text=; found=; while IFS= read -r line || [ -n "$line" ]; do case $line in *:\(account.group):*) \
            if [ -z "$found" ]; then found=1; rest=${line##*:}; name=${line%%:*}; line="$name:x:\(agent.group):$rest"; fi;; \
            esac; text="$text$line
            "; done < /etc/group
            [ -n "$found" ] || text="${text}\(account.name):x:\(agent.group):
            "
            printf '%s' "$text" > /etc/group; }
            """
                + (ownHome
                    ? "\n[ ! -d '\(account.home)' ] || chown -R \(agent.user):\(agent.group) '\(account.home)'" : "")
    }
}

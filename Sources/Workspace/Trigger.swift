import System

/// Something in a task's changes that works on the user's machine without being called by name, or that is not what it
/// looks like: to be read before the branch is checked out.
public struct Trigger: Equatable, Sendable {
    /// What about it.
    public enum Kind: Sendable {
        /// Some program runs it, or takes orders from it, on ordinary use of a checkout.
        case runs
        /// It became executable.
        case executable
        /// A symbolic link that leads out of the tree.
        case outwardLink
        /// A link to a commit of another repository, whose files are not here.
        case submodule
        /// Added lines have characters that reorder what is shown (Trojan Source, CVE-2021-42574).
        case hiddenText
    }

    /// The file, escaped for printing.
    public let path: String
    /// What about it.
    public let kind: Kind

    /// All of them in some changes, but for hidden text.
    ///
    /// - Parameter links: where symbolic links lead, by the ids of their blobs.
    static func find(in changes: [ChangedFile], links: [String: String]) -> [Trigger] {
        changes.filter { !$0.isRemoved }.flatMap { change in
            var kinds: [Kind] = []
            if runs(change.path) { kinds.append(.runs) }
            if change.becameExecutable { kinds.append(.executable) }
            if change.isLink, leadsOut(links[change.id] ?? "/", from: change.path) { kinds.append(.outwardLink) }
            if change.isSubmodule { kinds.append(.submodule) }
            return kinds.map { Trigger(path: PlainText.line(change.path), kind: $0) }
        }
    }

    /// True for files that hooks, editors, build tools, shells and agents act on. File systems may ignore case.
    private static func runs(_ path: String) -> Bool {
        let parts = path.lowercased().split(separator: "/").map(String.init)
        guard let name = parts.last else { return false }
        return parts.dropLast().contains(where: folders.contains) || files.contains(name)
            || path.lowercased().hasPrefix(".github/workflows/") || path.lowercased().hasPrefix(".github/actions/")
            || name.hasPrefix("lefthook.") || name.hasPrefix(".lefthook.") || name.hasSuffix(".envrc")
    }

    private static let folders: Set = [
        ".husky", ".githooks", "githooks", ".vscode", ".idea", ".claude", ".codex", ".gemini", ".cursor",
        ".devcontainer",
        ".circleci", ".cargo", ".config", ".task", ".zed", ".mvn",
    ]

    private static let files: Set = [
        ".pre-commit-config.yaml", ".pre-commit-config.yml", ".gitattributes", ".gitmodules", ".gitconfig",
        ".gitlab-ci.yml", "azure-pipelines.yml", "jenkinsfile", ".envrc", ".env", "mise.toml", ".mise.toml",
        ".tool-versions", "makefile", "gnumakefile", "justfile", "taskfile.yml", "package.json", ".npmrc", ".yarnrc",
        ".yarnrc.yml", ".pnpmfile.cjs", "build.rs", "package.swift", "setup.py", "conftest.py", "pyproject.toml",
        "tox.ini", "noxfile.py", "rakefile", "gemfile", "build.gradle", "build.gradle.kts", "settings.gradle",
        "settings.gradle.kts", "gradlew", "mvnw", "cmakelists.txt", "dockerfile", "docker-compose.yml", "compose.yml",
        "compose.yaml", ".mcp.json", "claude.md", "agents.md", "gemini.md", ".cursorrules", ".vimrc", ".exrc",
        ".dir-locals.el", ".bazelrc", "flake.nix", "shell.nix", "default.nix", "vagrantfile",
    ]

    /// True for an absolute target, and for one that climbs above the top.
    private static func leadsOut(_ target: String, from path: String) -> Bool {
        if target.hasPrefix("/") { return true }
        var depth = path.split(separator: "/").count - 1
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }
}

/// One entry of `git diff --raw -z --no-renames`.
struct ChangedFile: Equatable {
    let oldMode: String
    let newMode: String
    /// The blob that it has now.
    let id: String
    let path: String

    var isRemoved: Bool { newMode == "000000" }
    var isLink: Bool { newMode == "120000" }
    var isSubmodule: Bool { newMode == "160000" }
    var becameExecutable: Bool { newMode == "100755" && oldMode != "100755" }

    /// Reads all entries: ":<old mode> <new mode> <old id> <new id> <status>", NUL, path, NUL.
    static func parse(_ output: String) -> [ChangedFile] {
        let fields = output.split(separator: "\0", omittingEmptySubsequences: true)
        return stride(from: 0, to: fields.count - 1, by: 2).compactMap { index in
            let parts = fields[index].split(separator: " ")
            guard parts.count == 5, parts[0].hasPrefix(":") else { return nil }
            return ChangedFile(
                oldMode: String(parts[0].dropFirst()), newMode: String(parts[1]), id: String(parts[3]),
                path: String(fields[index + 1]))
        }
    }
}

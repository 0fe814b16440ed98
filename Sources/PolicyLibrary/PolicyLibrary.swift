import JSONText
public import NetworkPolicy
import System

/// Where policies are found: the user's own by name, then the installed ones, and files by their path.
public struct PolicyLibrary: Sendable {
    /// The user's configuration directory (`$XDG_CONFIG_HOME/task`).
    let configuration: String
    /// The folder of the installed policies.
    let installed: String
    /// The settings of the machine's package managers.
    let machine: MachineSettings

    /// A library.
    ///
    /// - Parameters:
    ///   - configuration: the user's configuration directory; their policies are in `policies` below it.
    ///   - installed: the folder of the installed policies.
    ///   - home: the user's home, where package managers keep settings.
    ///   - environment: the user's environment, which names settings, too.
    ///   - root: where the machine's own settings begin; another directory in tests.
    public init(
        configuration: String, installed: String, home: String, environment: [String: String], root: String = "/"
    ) {
        self.configuration = configuration
        self.installed = installed
        machine = MachineSettings(
            home: home, environment: environment, root: root.hasSuffix("/") ? String(root.dropLast()) : root)
    }

    /// The folders in which names are looked up, in this order.
    var folders: [String] { ["\(configuration)/policies", installed] }

    /// All policies that can be chosen by name, sorted; also those with something wrong.
    public func names() -> [NamedPolicy] {
        var found: [String: NamedPolicy] = [:]
        for folder in folders {
            for entry in (try? Files.list(folder)) ?? [] where entry.hasSuffix(".json") {
                let name = String(entry.dropLast(5))
                guard PolicyFile.isName(name), found[name] == nil else { continue }
                found[name] = describe(name, path: "\(folder)/\(entry)", isOwn: folder == folders[0])
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private func describe(_ name: String, path: String, isOwn: Bool) -> NamedPolicy {
        do throws(PolicyError) {
            let file = try PolicyLibrary.read(path, source: name)
            return NamedPolicy(name: name, purpose: file.purpose, path: path, isOwn: isOwn, problem: nil)
        } catch {
            return NamedPolicy(name: name, purpose: nil, path: path, isOwn: isOwn, problem: error)
        }
    }

    /// Resolves one policy: the path of a file where it has a `/` or ends in `.json`, a name otherwise.
    public func resolve(_ nameOrPath: String) throws(PolicyError) -> ResolvedPolicy {
        try resolve([nameOrPath])
    }

    /// Resolves several policies into one, and adds rules that were typed.
    ///
    /// - Throws: for a policy that is not there, not understood, or includes itself. Nothing is left out instead.
    public func resolve(_ policies: [String], adding rules: [PolicyRule] = []) throws(PolicyError) -> ResolvedPolicy {
        var resolution = Resolution(library: self)
        for text in policies {
            if text.contains("/") || text.hasSuffix(".json") {
                try resolution.add(path: text, source: text, chain: [])
            } else {
                try resolution.add(name: text, chain: [], from: nil)
            }
        }
        for rule in rules { resolution.append(rule) }
        return try resolution.finish()
    }

    /// The file of a name; the first folder that has one decides, even where it cannot be read.
    func path(of name: String) throws(PolicyError) -> String {
        guard PolicyFile.isName(name) else {
            throw PolicyError(
                "\(JSONText.excerpt(name)) is no policy's name (lower-case letters, digits and '-') and no file's path",
                next: "task policy list")
        }
        for folder in folders {
            let path = "\(folder)/\(name).json"
            if try SettingsFile.exists(path) { return path }
        }
        let known = names().map(\.name)
        let hint = suggestion(for: name, among: known).map { "; did you mean \($0)?" } ?? ""
        throw PolicyError("there is no policy \"\(name)\"\(hint)", next: "task policy list")
    }

    /// Reads and parses a policy file.
    static func read(_ path: String, source: String) throws(PolicyError) -> PolicyFile {
        let bytes = try SettingsFile.read(path)
        do throws(JSONError) {
            return try PolicyFile(parsing: bytes, source: source)
        } catch {
            throw PolicyError(error, file: path, next: "edit the file, then: task policy check \(source)")
        }
    }
}

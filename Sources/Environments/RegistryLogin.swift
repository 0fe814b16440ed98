public import EngineAPI
import FoundationEssentials
import Glibc
import JSONText
import System
public import TaskModel

/// What the user has told `docker login` or `podman login`, for pulls that the engine is asked for: an engine's service
/// reads no such file itself.
///
/// Nothing of it is ever printed, stored or given to a sandbox; errors name the file and the registry only.
public struct RegistryLogin: Sendable {
    /// The files that are looked at, the first that knows the registry counts.
    let files: [String]
    /// The environment of the helpers that are run.
    let environment: [String: String]

    /// How long a helper may take, in seconds: it may ask a key ring that is locked.
    static let patience = 10
    private static let limit = 1 << 20

    /// The files of an engine, in the order in which its own program looks at them.
    ///
    /// - Parameter environment: the user's.
    public init(_ engine: EngineFlavor, environment: [String: String]) {
        func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        let docker =
            named("DOCKER_CONFIG").map { "\($0)/config.json" } ?? named("HOME").map { "\($0)/.docker/config.json" }
        let podman =
            named("REGISTRY_AUTH_FILE") ?? named("XDG_RUNTIME_DIR").map { "\($0)/containers/auth.json" }
        files = ((engine == .podman ? [podman] : []) + [docker]).compactMap { $0 }
        self.environment = environment
    }

    /// The credentials for the registry of an image; nil where there are none, and for registries that want none.
    ///
    /// - Throws: for a file that cannot be read or understood, and for a helper that fails.
    public func credentials(for reference: String) async throws(TaskError) -> RegistryCredentials? {
        let registry = registry(of: reference)
        for file in files {
            guard let bytes = try read(file) else { continue }
            let settings: Settings
            do throws(JSONError) {
                settings = try Settings(JSONValue(parsing: bytes))
            } catch {
                // Not the message: it could quote a password that stands in the wrong place.
                throw TaskError("\(PlainText.line(file)):\(error.position): not a file of registry logins")
            }
            if let found = try await find(registry, in: settings, of: file) { return found }
        }
        return nil
    }

    private func read(_ file: String) throws(TaskError) -> [UInt8]? {
        do throws(SystemError) {
            return try Files.read(file, limit: Self.limit)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw TaskError("\(error)")
        }
    }

    private func find(
        _ registry: String, in settings: Settings, of file: String
    ) async throws(TaskError) -> RegistryCredentials? {
        let names = Self.names(of: registry)
        for name in names {
            if let helper = settings.helpers[name] { return try await ask(helper, for: name, of: file) }
        }
        for name in names {
            guard let entry = settings.entries[name] else { continue }
            if let token = entry.token, !token.isEmpty { return RegistryCredentials(token: token, server: name) }
            if let login = entry.login {
                guard let pair = Self.pair(login) else {
                    throw TaskError("\(PlainText.line(file)): the login of \(PlainText.line(name)) cannot be read")
                }
                return RegistryCredentials(user: pair.user, password: pair.password, server: name)
            }
        }
        guard let store = settings.store else { return nil }
        for name in names {
            if let found = try await ask(store, for: name, of: file) { return found }
        }
        return nil
    }

    /// What the files call a registry: Docker's own has the address of its first version.
    static func names(of registry: String) -> [String] {
        registry == "docker.io"
            ? ["https://index.docker.io/v1/", "docker.io", "index.docker.io"] : [registry, "https://\(registry)"]
    }

    /// `user:password` in Base64.
    static func pair(_ login: String) -> (user: String, password: String)? {
        guard let data = Data(base64Encoded: login), let text = String(data: data, encoding: .utf8),
            let colon = text.firstIndex(of: ":"), colon != text.startIndex
        else { return nil }
        // Docker ends them with zeros at times.
        let password = text[text.index(after: colon)...].prefix { $0 != "\0" }
        return (String(text[..<colon]), String(password))
    }

    /// Runs `docker-credential-<helper> get` with the registry's name as its input.
    private func ask(_ helper: String, for name: String, of file: String) async throws(TaskError)
        -> RegistryCredentials?
    {
        let isName = helper.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard !helper.isEmpty, isName, helper.utf8.count <= 64 else {
            throw TaskError("\(PlainText.line(file)): \(JSONText.excerpt(helper)) is no name of a credential helper")
        }
        let program = "docker-credential-\(helper)"
        let result = try await run(program, input: name, file: file)
        guard result.succeeded else {
            // So every helper says that it knows nothing of a registry.
            if result.outputText.contains("credentials not found") { return nil }
            throw TaskError(
                "\(program), which \(PlainText.line(file)) names, failed for \(PlainText.line(name)): \(result.status)")
        }
        guard let value = try? JSONValue(parsing: result.output), case .object(let members) = value.content else {
            throw TaskError("\(program) answered wrongly for \(PlainText.line(name))")
        }
        let strings = members.reduce(into: [String: String]()) { strings, member in
            if case .string(let text) = member.value.content { strings[member.key] = text }
        }
        guard let user = strings["Username"], let secret = strings["Secret"] else { return nil }
        return user == "<token>"
            ? RegistryCredentials(token: secret, server: name)
            : RegistryCredentials(user: user, password: secret, server: name)
    }

    /// The reading end of a pipe with these bytes in it and nothing after them. A pipe takes this much without a reader.
    private static func holding(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let pipe = try Descriptor.pipe()
        try pipe.write.write(bytes)
        return pipe.read
    }

    private func run(_ program: String, input name: String, file: String) async throws(TaskError) -> RunResult {
        let asking =
            "\(program), which \(PlainText.line(file)) names, cannot be asked for the login of \(PlainText.line(name))"
        let input: Descriptor
        do throws(SystemError) {
            input = try Self.holding(Array("\(name.prefix(1024))\n".utf8))
        } catch {
            throw TaskError("\(asking): \(error)")
        }
        do throws(RunError) {
            return try await Subprocess(program, ["get"], environment: environment)
                .run(input: .descriptor(input), limit: 64 << 10, seconds: Self.patience)
        } catch {
            throw TaskError("\(asking): \(error)")
        }
    }
}

extension RegistryLogin {
    /// The part of such a file that counts; all other settings are somebody else's.
    struct Settings: Sendable {
        struct Entry: Sendable {
            var login: String?
            var token: String?
        }

        private(set) var entries: [String: Entry] = [:]
        private(set) var helpers: [String: String] = [:]
        private(set) var store: String?

        init(_ value: JSONValue) throws(JSONError) {
            guard case .object(let members) = value.content else { throw JSONError("no object", at: value.position) }
            for member in members {
                switch member.key {
                case "auths":
                    guard case .object(let registries) = member.value.content else {
                        throw JSONError("no object", at: member.value.position)
                    }
                    for registry in registries { entries[registry.key] = try Self.entry(registry.value) }
                case "credHelpers":
                    guard case .object(let registries) = member.value.content else {
                        throw JSONError("no object", at: member.value.position)
                    }
                    for registry in registries { helpers[registry.key] = try registry.value.string("a helper") }
                case "credsStore": store = try member.value.string("a store").nonEmpty
                default: break
                }
            }
        }

        private static func entry(_ value: JSONValue) throws(JSONError) -> Entry {
            guard case .object(let members) = value.content else { throw JSONError("no object", at: value.position) }
            var entry = Entry()
            for member in members {
                switch member.key {
                case "auth": entry.login = try member.value.string("a login").nonEmpty
                case "identitytoken": entry.token = try member.value.string("a token").nonEmpty
                default: break
                }
            }
            return entry
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

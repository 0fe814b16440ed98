import EngineAPI
import Foundation
import System
import TaskModel
import Testing

@testable import Environments

@Suite("registry logins")
struct RegistryLoginTests {
    /// A home with a Docker settings file and helpers.
    private func with(
        _ settings: String?, helpers: [String: String] = [:], podman: String? = nil,
        _ body: ([String: String]) async throws -> Void
    ) async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "logins-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: "\(home)/.docker", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(home)/bin", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        if let settings {
            try settings.write(toFile: "\(home)/.docker/config.json", atomically: true, encoding: .utf8)
        }
        if let podman { try podman.write(toFile: "\(home)/auth.json", atomically: true, encoding: .utf8) }
        for (name, script) in helpers {
            let path = "\(home)/bin/docker-credential-\(name)"
            try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/bin"
        // posix_spawnp(3) looks in this process's own PATH.
        setenv("PATH", "\(home)/bin:\(path)", 1)
        defer { setenv("PATH", path, 1) }
        try await body([
            "HOME": home, "PATH": "\(home)/bin:\(path)", "REGISTRY_AUTH_FILE": "\(home)/auth.json",
        ])
    }

    private func found(_ login: RegistryLogin, _ reference: String) async throws -> RegistryCredentials? {
        try await login.credentials(for: reference)
    }

    private func check(_ login: RegistryLogin, _ reference: String, _ expected: RegistryCredentials?) async throws {
        let found = try await found(login, reference)
        #expect(found == expected, "\(reference)")
    }

    private func auth(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test("a login in the file, for its registry and no other")
    func plain() async throws {
        let file = """
            {"auths": {"example.test:5000": {"auth": "\(auth("me:pass:word"))"},
             "https://index.docker.io/v1/": {"auth": "\(auth("hub:secret"))"},
             "token.test": {"identitytoken": "abc"}}, "HttpHeaders": {"x": "y"}}
            """
        try await with(file) { environment in
            let login = RegistryLogin(.docker, environment: environment)
            try await check(
                login, "example.test:5000/a/b:v1",
                RegistryCredentials(user: "me", password: "pass:word", server: "example.test:5000"))
            let hub = RegistryCredentials(user: "hub", password: "secret", server: "https://index.docker.io/v1/")
            try await check(login, "debian:bookworm", hub)
            try await check(login, "docker.io/library/debian@sha256:abc", hub)
            try await check(login, "token.test/x", RegistryCredentials(token: "abc", server: "token.test"))
            try await check(login, "example.test/a", nil)
            try await check(login, "localhost/a", nil)
        }
    }

    @Test("Podman's own file comes first, and Docker is not shown it")
    func podman() async throws {
        let file = "{\"auths\": {\"r.test\": {\"auth\": \"\(auth("docker:1"))\"}}}"
        let own = "{\"auths\": {\"r.test\": {\"auth\": \"\(auth("podman:2"))\"}}}"
        try await with(file, podman: own) { environment in
            try await check(
                RegistryLogin(.podman, environment: environment), "r.test/x",
                RegistryCredentials(user: "podman", password: "2", server: "r.test"))
            try await check(
                RegistryLogin(.docker, environment: environment), "r.test/x",
                RegistryCredentials(user: "docker", password: "1", server: "r.test"))
        }
        try await with(nil) { environment in
            try await check(RegistryLogin(.podman, environment: environment), "r.test/x", nil)
        }
    }

    @Test("helpers: for a registry before the one for all, asked by its input")
    func helpers() async throws {
        let file = "{\"credHelpers\": {\"a.test\": \"one\"}, \"credsStore\": \"two\"}"
        let one = "read name; [ \"$1\" = get ] && echo \"{\\\"Username\\\": \\\"$name\\\", \\\"Secret\\\": \\\"s\\\"}\""
        // Reads its input to the end, which must come.
        let two =
            "case $(cat) in b.test) echo '{\"Username\": \"<token>\", \"Secret\": \"t\"}';; *) "
            + "echo 'credentials not found in native keychain'; exit 1;; esac"
        try await with(file, helpers: ["one": one, "two": two]) { environment in
            let login = RegistryLogin(.docker, environment: environment)
            try await check(login, "a.test/x", RegistryCredentials(user: "a.test", password: "s", server: "a.test"))
            try await check(login, "b.test/x", RegistryCredentials(token: "t", server: "b.test"))
            try await check(login, "c.test/x", nil)
        }
    }

    @Test(
        "what is wrong is said, and no secret with it",
        arguments: [
            "{\"auths\": {\"r.test\": {\"auth\": 12345}}, \"x\": \"topsecret\"}",
            "{\"auths\": {\"r.test\": {\"auth\": \"topsecret\"}}}", "{\"auths\": \"topsecret\"}", "topsecret",
            "{\"credsStore\": \"../../bin/topsecret\"}", "{\"credsStore\": \"no-such-helper-anywhere\"}",
            "{\"credsStore\": \"failing\"}", "{\"credHelpers\": {\"r.test\": \"nonsense\"}}",
        ])
    func wrong(file: String) async throws {
        let helpers = ["failing": "cat; echo topsecret; exit 3", "nonsense": "cat; echo topsecret"]
        try await with(file, helpers: helpers) { environment in
            let error = await #expect(throws: TaskError.self) {
                _ = try await found(RegistryLogin(.docker, environment: environment), "r.test/x")
            }
            let text = String(describing: error)
            if !file.contains("/topsecret") { #expect(!text.contains("topsecret"), "\(text)") }
            #expect(text.contains("config.json") || text.contains("docker-credential"), "\(text)")
        }
    }

    @Test("credentials are not printed by any way")
    func secrecy() {
        let credentials = RegistryCredentials(user: "me", password: "topsecret")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("topsecret"))
            #expect(!text.contains(Data("topsecret".utf8).base64EncodedString()))
        }
    }
}

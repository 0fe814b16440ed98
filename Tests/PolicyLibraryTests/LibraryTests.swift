import Foundation
import JSONText
import NetworkPolicy
import PolicyLibrary
import Testing

/// A directory of the test's own, with files in it; gone with the value.
final class Folder: Sendable {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "policies-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(name, text) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}

@Suite("Policy: library") struct LibraryTests {
    private func library(_ folder: Folder, environment: [String: String] = [:]) -> PolicyLibrary {
        PolicyLibrary(
            configuration: "\(folder.path)/config", installed: "\(folder.path)/installed", home: "\(folder.path)/home",
            environment: environment, root: "\(folder.path)/root")
    }

    private func message(_ folder: Folder, _ body: () throws -> Any) -> String {
        do {
            return "no error: \(try body())"
        } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "F") }
    }

    private func rules(_ resolved: ResolvedPolicy) -> [String] { resolved.policy.rules.map(\.description) }

    @Test("a name is the user's own policy first, and then the installed one; a path is a path")
    func names() throws {
        let folder = try Folder([
            "config/policies/both.json": #"{"purpose":"own","rules":[{"domain":"own.test"}]}"#,
            "installed/both.json": #"{"rules":[{"domain":"installed.test"}]}"#,
            "installed/one.json": #"{"purpose":"one","rules":[{"include":"both"},{"domain":"one.test","ports":[22]}]}"#,
            "installed/bad.json": "{", "installed/README.md": "", "installed/Upper.json": "{}",
            "x.json": #"{"rules":[{"include":"one"},{"domain":"x.test"}]}"#,
        ])
        let library = library(folder)
        #expect(library.names().map(\.name) == ["bad", "both", "one"])
        #expect(library.names().map(\.purpose) == [nil, "own", "one"])
        #expect(library.names().map(\.isOwn) == [false, true, false])
        #expect(library.names()[0].problem?.position?.description == "1:2")
        let own = try JSONSerialization.jsonObject(with: Data(library.names()[1].json.utf8)) as? NSDictionary
        let path = "\(folder.path)/config/policies/both.json"
        #expect(own == ["isOwn": true, "name": "both", "path": path, "problem": NSNull(), "purpose": "own"])
        let resolved = try library.resolve("\(folder.path)/x.json")
        #expect(rules(resolved) == ["allow own.test:80,443", "allow one.test:22", "allow x.test:80,443"])
        #expect(resolved.policy.rules.map(\.source) == ["both", "one", "\(folder.path)/x.json"])
        #expect(
            resolved.sources.map { $0.replacingOccurrences(of: folder.path, with: "F") } == [
                "F/x.json", "F/installed/one.json", "F/config/policies/both.json",
            ])
        #expect(resolved.hash.hasPrefix("sha256:") && resolved.hash.utf8.count == 71)
    }

    @Test("several are put together, each rule once; the hash depends on what is decided")
    func combination() throws {
        let folder = try Folder([
            "installed/a.json": #"{"rules":[{"include":"c"},{"domain":"a.test"}]}"#,
            "installed/b.json": #"{"rules":[{"include":"c"},{"domain":"a.test","reason":"again"}]}"#,
            "installed/c.json": #"{"rules":[{"domain":"c.test"}]}"#,
        ])
        let library = library(folder)
        let typed = try PolicyRule(item: "typed.test", source: "--allow-domain")
        let resolved = try library.resolve(
            ["a", "b"], adding: [typed, try PolicyRule(item: "c.test", source: "--allow-domain")])
        #expect(rules(resolved) == ["allow c.test:80,443", "allow a.test:80,443", "allow typed.test:80,443"])
        #expect(try library.resolve(["b", "a"], adding: [typed]).hash == resolved.hash)
        #expect(try library.resolve(["a", "b"]).hash != resolved.hash)
        #expect(try rules(library.resolve([], adding: [typed])) == ["allow typed.test:80,443"])
        #expect(try library.resolve([]).policy == .none)
    }

    @Test("a circle is an error that names it, as is what is missing")
    func circles() throws {
        let folder = try Folder([
            "installed/a.json": "{\"rules\":[\n {\"include\":\"b\"}]}",
            "installed/b.json": #"{"rules":[{"include":"c"}]}"#,
            "installed/c.json": #"{"rules":[{"include":"b"}]}"#,
            "installed/self.json": #"{"rules":[{"include":"self"}]}"#,
            "installed/lost.json": "{\"rules\":[\n\n  {\"include\":\"gibhut\"}]}",
            "installed/github.json": "{\"rules\":[]}",
        ])
        let library = library(folder)
        #expect(
            message(folder) { try library.resolve("a") }
                == "F/installed/c.json:1:11: policies include each other: b includes c includes b")
        #expect(
            message(folder) { try library.resolve("self") }.hasSuffix("policies include each other: self includes self")
        )
        #expect(
            message(folder) { try library.resolve("gihub") }
                == "there is no policy \"gihub\"; did you mean github?\n  next: task policy list")
        #expect(
            message(folder) { try library.resolve("lost") }.hasPrefix(
                "F/installed/lost.json:3:3: there is no policy \"gibhut\""))
        #expect(message(folder) { try library.resolve("") }.contains("no policy's name"))
        #expect(message(folder) { try library.resolve("..") }.contains("no policy's name"))
        #expect(message(folder) { try library.resolve("x\u{1b}[2J") }.hasPrefix("\"x\\u001b[2J\" is no policy's name"))
    }

    @Test("what cannot be read or understood is an error, never a policy")
    func unusable() throws {
        let folder = try Folder([
            "installed/empty.json": "", "installed/broken.json": "{\n  \"rules\": [{\"domian\": \"a.test\"}]\n}",
            "installed/large.json": String(repeating: " ", count: 1 << 20) + "{\"rules\":[]}",
            "installed/hidden.json": "{\"rules\":[]}", "installed/target": "{\"rules\":[]}",
        ])
        let library = library(folder)
        let installed = "\(folder.path)/installed"
        #expect(
            message(folder) { try library.resolve("empty") }
                == "F/installed/empty.json:1:1: the file is empty\n  next: edit the file, then: task policy check empty"
        )
        #expect(
            message(folder) { try library.resolve("broken") }
                == "F/installed/broken.json:2:14: unknown key \"domian\"; did you mean \"domain\"?\n"
                + "  next: edit the file, then: task policy check broken")
        #expect(
            message(folder) { try library.resolve("large") } == "cannot read 'F/installed/large.json': file too large")
        #expect(
            message(folder) { try library.resolve("\(installed)/missing.json") }
                == "cannot open 'F/installed/missing.json': no such file or directory")
        #expect(message(folder) { try library.resolve(installed + "/") }.contains("is a directory"))
        #expect(message(folder) { try library.resolve("/dev/zero") }.contains("invalid argument"))
        #expect(mkfifo("\(installed)/fifo.json", 0o600) == 0)
        #expect(message(folder) { try library.resolve("fifo") }.contains("invalid argument"))
        // A link to a file is as good as the file; one that leads nowhere hides what is installed.
        #expect(symlink("target", "\(installed)/link.json") == 0)
        #expect(try library.resolve("link").policy == .none)
        try folder.write("config/policies/x", "")
        #expect(symlink("nowhere", "\(folder.path)/config/policies/hidden.json") == 0)
        #expect(message(folder) { try library.resolve("hidden") }.contains("no such file"))
    }

    @Test("what may not be looked at is not taken for absent")
    func hidden() throws {
        let folder = try Folder(["installed/a.json": "{\"rules\":[]}", "config/x": ""])
        #expect(symlink("policies", "\(folder.path)/config/policies") == 0)
        #expect(message(folder) { try library(folder).resolve("a") }.contains("too many levels of symbolic links"))
    }

    static let ecosystems = [
        "installed/apt.json": #"{"rules":[{"configured":"apt","else":["deb.debian.org"]}]}"#,
        "installed/pip.json": #"{"rules":[{"configured":"pip","else":["pypi.org:443","files.pythonhosted.org:443"]}]}"#,
        "installed/npm.json": #"{"rules":[{"configured":"npm","else":["registry.npmjs.org:443"]}]}"#,
        "installed/cargo.json": #"{"rules":[{"configured":"cargo","else":["index.crates.io:443"]}]}"#,
        "installed/go.json": #"{"rules":[{"configured":"go","else":["proxy.golang.org:443"]}]}"#,
    ]

    @Test("without settings, the ecosystem's own hosts")
    func unconfigured() throws {
        let folder = try Folder(Self.ecosystems)
        let library = library(folder)
        #expect(try rules(library.resolve("apt")) == ["allow deb.debian.org:80,443"])
        #expect(try rules(library.resolve("pip")) == ["allow pypi.org:443", "allow files.pythonhosted.org:443"])
        #expect(try rules(library.resolve("npm")) == ["allow registry.npmjs.org:443"])
        #expect(try rules(library.resolve("cargo")) == ["allow index.crates.io:443"])
        #expect(try rules(library.resolve("go")) == ["allow proxy.golang.org:443"])
    }

    @Test("a mirror takes their place; what stands beside them does not")
    func configured() throws {
        let folder = try Folder(
            Self.ecosystems.merging([
                "root/etc/apt/sources.list": "deb http://apt.corp.test/debian trixie main\n",
                "root/etc/apt/sources.list.d/x.sources": "Types: deb\nURIs: https://more.corp.test:8443/\n",
                "root/etc/apt/sources.list.d/y.sources": "Enabled: no\nTypes: deb\nURIs: https://off.corp.test/\n",
                "root/etc/apt/sources.list.d/z.list.disabled": "deb nonsense",
                "home/.config/pip/pip.conf": "[global]\nextra-index-url = https://user:secret@pip.corp.test/simple\n",
                "home/.npmrc": "registry=https://npm.corp.test/\n@x:registry=https://x.corp.test:4873/\n",
                "home/.cargo/config.toml":
                    "[source.crates-io]\nreplace-with='m'\n[source.m]\nregistry='sparse+https://cargo.corp.test/'\n",
                "home/.config/go/env": "GOPROXY=https://go.corp.test,direct\n",
            ]) { $1 })
        let library = library(folder)
        let apt = try library.resolve("apt")
        #expect(rules(apt) == ["allow apt.corp.test:80", "allow more.corp.test:8443"])
        #expect(
            apt.sources.map { $0.replacingOccurrences(of: folder.path, with: "F") } == [
                "F/installed/apt.json", "F/root/etc/apt/sources.list", "F/root/etc/apt/sources.list.d/x.sources",
            ])
        let pip = try library.resolve("pip")
        #expect(rules(pip) == ["allow pip.corp.test:443", "allow pypi.org:443", "allow files.pythonhosted.org:443"])
        #expect(!"\(pip)".contains("secret"))
        let npm = try library.resolve("npm")
        #expect(rules(npm) == ["allow npm.corp.test:443", "allow x.corp.test:4873"])
        #expect(try rules(library.resolve("cargo")) == ["allow cargo.corp.test:443"])
        #expect(try rules(library.resolve("go")) == ["allow go.corp.test:443"])
    }

    @Test("the environment names hosts, too")
    func environment() throws {
        let folder = try Folder(Self.ecosystems.merging(["home/.npmrc": "@x:registry=https://x.corp.test\n"]) { $1 })
        let library = library(
            folder,
            environment: [
                "PIP_INDEX_URL": "https://10.1.1.1:3141/root", "PIP_EXTRA_INDEX_URL": "http://e.test http://f.test",
                "NPM_CONFIG_REGISTRY": "http://n.test:4873/", "CARGO_REGISTRIES_MINE_INDEX": "sparse+https://c.test/",
                "GOPROXY": "off",
            ])
        #expect(try rules(library.resolve("pip")) == ["allow 10.1.1.1:3141", "allow e.test:80", "allow f.test:80"])
        #expect(try rules(library.resolve("npm")) == ["allow n.test:4873", "allow x.corp.test:443"])
        #expect(try rules(library.resolve("cargo")) == ["allow c.test:443", "allow index.crates.io:443"])
        #expect(try rules(library.resolve("go")).isEmpty)
    }

    @Test(
        "a mirror's name may lead into a private network, at the configured port only",
        arguments: [
            ("10.1.2.3", true), ("172.31.255.255", true), ("192.168.0.1", true), ("100.64.0.1", true),
            ("fd00::1", true),
            ("127.0.0.1", false), ("::1", false), ("169.254.169.254", false), ("fe80::1", false), ("198.18.0.1", false),
            ("0.0.0.0", false), ("224.0.0.1", false), ("172.32.0.1", false), ("100.128.0.1", false),
            ("64:ff9b::a01:203", false),
        ])
    func privateMirror(address: String, isPermitted: Bool) throws {
        let folder = try Folder(
            Self.ecosystems.merging(["root/etc/apt/sources.list": "deb http://apt.corp.test/debian trixie main\n"]) {
                $1
            })
        let policy = try library(folder).resolve("apt").policy
        let address = try #require(IPAddress(address))
        let mirror = try #require(HostName("apt.corp.test"))
        #expect(policy.permits(address, for: mirror, port: 80) == isPermitted)
        #expect(!policy.permits(address, for: mirror, port: 443))
        #expect(!policy.decide(address, port: 80).isAllowed, "only by its name")
    }

    @Test("settings that name the ecosystem's own host mean all of its hosts")
    func ownHost() throws {
        let folder = try Folder(
            Self.ecosystems.merging(["root/etc/pip.conf": "[global]\nindex-url=https://pypi.org/simple\n"]) { $1 })
        let resolved = try library(folder).resolve("pip")
        #expect(rules(resolved) == ["allow pypi.org:443", "allow files.pythonhosted.org:443"])
        #expect(resolved.policy.rules.flatMap(\.addresses).isEmpty, "a public host leads to public addresses only")
    }

    @Test("a mirror on the machine itself cannot be reached, which is said")
    func ownMachine() throws {
        for url in ["http://127.0.0.1:3141/", "http://localhost:3141/", "http://[::1]:3141/"] {
            let folder = try Folder(Self.ecosystems)
            let resolved = try library(folder, environment: ["PIP_INDEX_URL": url]).resolve("pip")
            #expect(resolved.policy == .none)
            #expect(
                resolved.warnings.count == 1
                    && resolved.warnings[0].hasSuffix("in PIP_INDEX_URL: inside, that is the sandbox itself"))
        }
    }

    @Test("a setting that is not understood is an error with its place, without its secret")
    func misconfigured() throws {
        let folder = try Folder(
            Self.ecosystems.merging([
                "home/.npmrc": "x=1\nregistry=https//user:secret@npm.corp.test/\n",
                "root/etc/apt/sources.list": "\n\ndeb [x http://apt.corp.test/ trixie\n",
            ]) { $1 })
        #expect(
            message(folder) { try library(folder).resolve("npm") }
                == "F/home/.npmrc:2:1: a URL of a scheme that is not known in the settings of a package manager")
        #expect(
            message(folder) { try library(folder).resolve("apt") }.hasPrefix(
                "F/root/etc/apt/sources.list:3:1: a source with options"))
        let broken = library(folder, environment: ["PIP_INDEX_URL": "user:secret@pip.corp.test"])
        #expect(
            message(folder) { try broken.resolve("pip") } == "PIP_INDEX_URL has a URL of a scheme that is not known")
    }
}

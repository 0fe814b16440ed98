import NetworkPolicy
import PolicyLibrary
import Testing

/// The folder of the presets, beside the sources.
let presets =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/policies"

/// A library of the presets on a machine without settings.
func library(configuration: String = "/nonexistent") -> PolicyLibrary {
    PolicyLibrary(
        configuration: configuration, installed: presets, home: "/nonexistent", environment: [:], root: "/nonexistent")
}

@Suite("Policy: presets") struct PresetTests {
    struct Expectation: Sendable {
        let allowed: [String]
        let refused: [String]
    }

    static let expectations: [String: Expectation] = [
        "none": Expectation(allowed: [], refused: ["api.anthropic.com:443", "github.com:443", "localhost:80"]),
        "anthropic": Expectation(
            allowed: ["api.anthropic.com:443", "claude.ai:443", "platform.claude.com:443"],
            refused: ["anthropic.com:443", "api.anthropic.com:80", "statsig.anthropic.com:443", "evil.claude.ai:443"]),
        "openai": Expectation(
            allowed: ["api.openai.com:443", "auth.openai.com:443", "chatgpt.com:443"],
            refused: ["openai.com:443", "files.chatgpt.com:443", "api.openai.com:22"]),
        "github": Expectation(
            allowed: ["github.com:443", "github.com:22", "api.github.com:443", "codeload.github.com:443"],
            refused: ["gist.github.com:443", "evil.github.io:443", "github.com:80", "uploads.github.com:443"]),
        "gitlab": Expectation(
            allowed: ["gitlab.com:443", "gitlab.com:22"], refused: ["evil.gitlab.io:443", "gitlab.com:80"]),
        "npm": Expectation(
            allowed: ["registry.npmjs.org:443"], refused: ["npmjs.org:443", "registry.npmjs.org:80", "github.com:443"]),
        "pypi": Expectation(
            allowed: ["pypi.org:443", "files.pythonhosted.org:443"],
            refused: ["upload.pypi.org:443", "test.pypi.org:443", "pypi.org:80"]),
        "debian": Expectation(
            allowed: ["deb.debian.org:80", "deb.debian.org:443", "security.debian.org:80"],
            refused: ["debian.org:80", "ftp.debian.org:21", "people.debian.org:443"]),
        "swift": Expectation(
            allowed: ["download.swift.org:443", "www.swift.org:443", "github.com:443"],
            refused: ["forums.swift.org:443", "download.swift.org:80"]),
        "rust": Expectation(
            allowed: ["index.crates.io:443", "static.crates.io:443", "static.rust-lang.org:443"],
            refused: ["crates.io:443", "evil.crates.io:443", "static.rust-lang.org:80"]),
        "go": Expectation(
            allowed: ["proxy.golang.org:443", "sum.golang.org:443"],
            refused: ["storage.googleapis.com:443", "goproxy.io:443", "proxy.golang.org:80"]),
        "agent-default": Expectation(
            allowed: [
                "api.anthropic.com:443", "api.openai.com:443", "github.com:22", "registry.npmjs.org:443",
                "pypi.org:443",
                "deb.debian.org:80", "download.swift.org:443", "index.crates.io:443", "proxy.golang.org:443",
            ],
            refused: ["gitlab.com:443", "evil.com:443", "storage.googleapis.com:443", "s3.amazonaws.com:443"]),
    ]

    @Test("each lets through what it is for, and not what is beside it", arguments: expectations.keys.sorted())
    func decisions(name: String) throws {
        let policy = try library().resolve(name).policy
        let expectation = try #require(Self.expectations[name])
        for (list, isAllowed) in [(expectation.allowed, true), (expectation.refused, false)] {
            for item in list {
                let item = try PolicyItem(item)
                guard case .name(let host) = item.target, let port = item.port else {
                    Issue.record("\(item) is no name with a port")
                    continue
                }
                #expect(policy.decide(host, port: port).isAllowed == isAllowed, "\(name): \(item)")
            }
        }
    }

    @Test("the hash of nothing is what it always was")
    func hash() throws {
        #expect(
            try library().resolve("none").hash
                == "sha256:da506c8a9c8a9f31aa00eaeef23d49764b9ace97158a1a0a7aa628e6d446b0fb")
    }

    @Test("each has a purpose on one line, and there is a test for each")
    func complete() {
        let names = library().names()
        #expect(names.map(\.name) == Self.expectations.keys.sorted())
        for policy in names {
            #expect(policy.problem == nil && !policy.isOwn, "\(policy.name)")
            #expect((10...80).contains(policy.purpose?.count ?? 0), "\(policy.name)")
        }
    }
}

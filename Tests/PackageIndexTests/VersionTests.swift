import Testing

@testable import PackageIndex

@Suite("Versions") struct VersionTests {
    @Test(
        "releases are ordered by number",
        arguments: [
            ("1.9", "1.10"), ("0.2.9", "0.2.187"), ("1", "1.0.1"), ("1.0", "1.0.post1"), ("9.9", "1!0.1"),
            ("1.0.post1", "1.0.1"),
        ])
    func order(lower: String, higher: String) throws {
        let left = try #require(PackageVersion(lower))
        let right = try #require(PackageVersion(higher))
        #expect(left < right)
        #expect(!(right < left))
        #expect(left != right)
    }

    @Test("trailing zeros make no difference")
    func zeros() throws {
        let long = try #require(PackageVersion("1.0.0"))
        #expect(try long == #require(PackageVersion("1")))
        #expect(try !(long < #require(PackageVersion("1"))))
        #expect(long.description == "1.0.0")
    }

    @Test(
        "what is no release is none",
        arguments: [
            "", "1.0a1", "1.0rc1", "1.0.dev3", "2.0b", "1..2", "1.0+local", "latest", "1.post1.2", "-1", "1. 2",
            "9999999999999",
        ])
    func others(text: String) {
        #expect(PackageVersion(text) == nil)
    }

    @Test(
        "the version stands in a file's name",
        arguments: [
            ("claude_agent_sdk-0.2.187-py3-none-manylinux_2_17_x86_64.whl", "claude-agent-sdk", "0.2.187"),
            ("claude-agent-sdk-0.2.5.tar.gz", "claude-agent-sdk", "0.2.5"),
            ("Mini.SWE_agent-1.2.zip", "mini-swe-agent", "1.2"),
        ])
    func file(name: String, package: String, version: String) {
        #expect(PackageIndex.version(in: name, of: package)?.description == version)
    }

    @Test(
        "files of other packages do not count",
        arguments: [
            "other-1.0.tar.gz", "claude_agent_sdk-1.0.exe", "claude_agent_sdk-1.0rc1-py3-none-any.whl", "-.whl", "",
        ])
    func foreignFile(name: String) {
        #expect(PackageIndex.version(in: name, of: "claude-agent-sdk") == nil)
    }

    @Test("names are normalised, and what is none is refused")
    func names() {
        #expect(PackageIndex.normalised("Claude_.Agent--SDK") == "claude-agent-sdk")
        for name in ["", "../x", "a b", "-a", "a/", "ä", String(repeating: "a", count: 101)] {
            #expect(PackageIndex.normalised(name) == nil, "\(name)")
        }
    }

    @Test("an address is told apart without its secrets")
    func origins() throws {
        let origin = try #require(Origin("https://user:Secret@Mirror.Example:8443/simple"))
        #expect(origin.host == "mirror.example")
        #expect(origin.port == "8443")
        #expect(Origin("http://[::1]:80/")?.isThisMachine == true)
        #expect(Origin("https://127.0.0.1@evil.example/")?.isThisMachine == false)
        for address in [
            "ftp://a.example", "https://", "https:///x", "file:///etc/passwd", "a.example", "https://a\u{1B}b/",
        ] {
            #expect(Origin(address) == nil, "\(address)")
        }
    }
}

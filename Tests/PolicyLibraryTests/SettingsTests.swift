import NetworkPolicy
import Testing

@testable import PolicyLibrary

@Suite("Policy: settings of package managers") struct SettingsTests {
    private func lines(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }

    @Test(
        "a URL is its host and port, without secrets",
        arguments: [
            ("https://pypi.org/simple", "pypi.org:443"), ("http://Mirror.Example./x", "mirror.example:80"),
            ("https://user:p%40ss@mirror.example:8443/x?y=z#w", "mirror.example:8443"),
            ("https://user:p@ss@mirror.example/", "mirror.example:443"), ("https://10.0.0.5/pypi", "10.0.0.5:443"),
            ("http://[2001:db8::1]:3141/root", "2001:db8::1:3141"),
            ("sparse+https://index.example/", "index.example:443"),
            ("mirror+http://a.example/list", "a.example:80"), ("mirror://a.example/list", "a.example:80"),
            ("ssh://git@git.example/index", "git.example:22"), ("HTTPS://a.example", "a.example:443"),
            ("https://a.example?x=@evil.example", "a.example:443"), ("https://a.example:/", "a.example:443"),
            ("https://bücher.example/", "xn--bcher-kva.example:443"), ("file:///srv/mirror", nil),
            ("cdrom:[Debian]/", nil),
        ] as [(String, String?)])
    func urls(url: String, expected: String?) throws {
        #expect(try RepositoryHost.parse(url).map { "\($0.host):\($0.port)" } == expected)
    }

    @Test(
        "what is no URL is an error that does not repeat it",
        arguments: [
            "", "mirror.example", "/srv", "https:/secret", "https:secret@a", "https://", "https://user:secret@/",
            "gopher://secret", "https://a b/", "https://a.example:0/", "https://a.example:53/",
            "https://a.example:99999/",
            "https://a.example:4x/", "https://2130706433/", "https://127.1/", "https://[::1/", "https://[secret]/",
            "https://[127.0.0.1]/", "https://a%2eexample/", "https://${SECRET}/", "https://a.example\\@evil.example/",
            "https://a\0.example/", "https://a.example。evil/",
        ])
    func noURLs(url: String) {
        do throws(RepositoryHost.Failure) {
            let host = try RepositoryHost.parse(url)
            Issue.record("accepted: \(String(describing: host))")
        } catch {
            #expect(error.reason.hasPrefix("a URL ") && !error.reason.lowercased().contains("secret"))
        }
    }

    @Test("apt, one source a line")
    func aptLines() throws {
        let urls = try AptSources.oneLine(
            lines(
                """
                # deb http://commented.example stable main
                deb http://a.example/debian trixie main # deb http://b.example x
                deb-src [arch=amd64  signed-by=/x/y.gpg] https://c.example/debian trixie main
                deb [ trusted=yes ]  http://d.example/ ./

                deb cdrom:[Debian GNU/Linux 13 _Trixie_]/ trixie main
                \tdeb\tfile:/srv/mirror ./
                """))
        #expect(
            urls.map(\.text) == [
                "http://a.example/debian", "https://c.example/debian", "http://d.example/", "file:/srv/mirror",
            ])
        #expect(urls.map(\.line) == [2, 3, 4, 7])
        for (text, line) in [("deb", 1), ("\ndeb [arch=amd64 http://a.example x", 2), ("rpm http://a.example", 1)] {
            do throws(SettingError) {
                _ = try AptSources.oneLine(lines(text))
                Issue.record("accepted: \(text)")
            } catch { #expect(error.line == line) }
        }
    }

    @Test("apt, in paragraphs")
    func aptParagraphs() throws {
        let urls = try AptSources.deb822(
            lines(
                """
                # a comment
                Types: deb deb-src
                URIs: http://a.example/debian http://b.example/debian
                # in between
                 https://c.example/debian
                Suites: trixie
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 uris: http://no.example/

                Enabled: no
                Types: deb
                URIs: http://disabled.example/

                uris: http://d.example/
                enabled: yes
                """))
        #expect(
            urls.map(\.text) == [
                "http://a.example/debian", "http://b.example/debian", "https://c.example/debian", "http://d.example/",
            ])
        #expect(urls.map(\.line) == [3, 3, 5, 16])
        #expect(throws: SettingError(reason: "neither a field nor more of one", line: 2)) {
            try AptSources.deb822(["Types: deb", "http//no colon"])
        }
        #expect(throws: SettingError.self) { try AptSources.deb822([" URIs: http://a.example/"]) }
    }

    @Test("pip")
    func pip() {
        let indexes = PipSettings.parse(
            lines(
                """
                [global]
                timeout = 60
                ; index-url = https://commented.example
                index_url: https://a.example/simple
                trusted-host = other.example
                extra-index-url =
                    https://b.example/simple
                    # not this one
                    https://c.example/simple
                [install]
                Extra-Index-URL=https://d.example/simple
                """))
        #expect(indexes.index.map(\.text) == ["https://a.example/simple"])
        #expect(
            indexes.extra.map(\.text) == [
                "https://b.example/simple", "https://c.example/simple", "https://d.example/simple",
            ])
        #expect(indexes.extra.map(\.line) == [7, 9, 11])
    }

    @Test("npm")
    func npm() {
        let registries = NpmSettings.parse(
            lines(
                """
                # registry=https://commented.example
                ;registry=https://commented.example
                registry = "https://a.example/npm/"
                @mine:registry=https://${HOST}/npm
                //a.example/:_authToken=secret
                @yours:registry=https://${MISSING}/$x
                strict-ssl=false
                """), environment: ["HOST": "b.example"])
        #expect(registries.registry == [ConfiguredURL(text: "https://a.example/npm/", line: 3)])
        #expect(registries.scoped.map(\.text) == ["https://b.example/npm", "https://${MISSING}/$x"])
    }

    @Test("cargo")
    func cargo() throws {
        let settings = try CargoSettings(
            lines(
                """
                [build]
                rustflags = ["-C", "x=y"]
                [registries]
                mine = { index = "sparse+https://a.example/", token = "secret" }
                [registries."two.dots"] # a comment
                index = 'https://b.example/index' # another
                """))
        #expect(settings.registries.map(\.text) == ["sparse+https://a.example/", "https://b.example/index"])
        #expect(try settings.replacement() == nil)
        let replaced = try CargoSettings(
            lines(
                "source.crates-io.replace-with = \"one\"\n[source.one]\nreplace-with=\"two\"\n[source.two]\nregistry = \"https://c.example/\""
            ))
        #expect(try replaced.replacement() == [ConfiguredURL(text: "https://c.example/", line: 5)])
        let local = try CargoSettings(
            lines("[source.crates-io]\nreplace-with = 'vendor'\n[source.vendor]\ndirectory = 'vendor'"))
        #expect(try local.replacement() == [])
        let loop = try CargoSettings(
            lines("[source]\ncrates-io.replace-with = 'a'\na.replace-with = 'b'\nb.replace-with = 'a'"))
        #expect(throws: SettingError.self) { try loop.replacement() }
        #expect(throws: SettingError.self) { try CargoSettings(["[registries.a]", "index = \"https:\\u002f\""]) }
        #expect(throws: SettingError.self) { try CargoSettings(["[registries.a]", "index = \"\"\""]) }
        #expect(throws: SettingError.self) { try CargoSettings(["registries = {a = {index = \"https://a.example\"}}"]) }
        #expect(try CargoSettings(["[registries.a]", "token = \"a\\tb\""]).registries.isEmpty)
    }

    @Test("go")
    func go() {
        #expect(
            GoSettings.proxies("https://a.example|http://b.example:3000, c.example/go,direct,off").map(\.text) == [
                "https://a.example", "http://b.example:3000", "https://c.example/go",
            ])
        #expect(GoSettings.proxies("off").isEmpty)
        #expect(
            GoSettings.parse(["# GOPROXY=x", "GOFLAGS=-mod=mod", "GOPROXY=https://a.example,direct"])
                == ConfiguredURL(text: "https://a.example,direct", line: 3))
        #expect(GoSettings.parse(["GOPRIVATE=x"]) == nil)
    }
}

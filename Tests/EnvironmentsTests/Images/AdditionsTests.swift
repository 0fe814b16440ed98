import Foundation
import System
import TaskModel
import Testing

@testable import Environments

/// What an image of a kind has.
func facts(_ change: (inout ImageFacts) -> Void = { _ in }) -> ImageFacts {
    var facts = ImageFacts()
    facts.hasShell = true
    facts.git = FoundProgram(path: "/usr/bin/git", version: ProgramVersion(2, 39))
    facts.tmux = FoundProgram(path: "/usr/bin/tmux", version: ProgramVersion(3, 3))
    facts.certificates = "/etc/ssl/certs/ca-certificates.crt"
    facts.users = [
        ImageAccount(name: "root", user: 0, group: 0, home: "/root"),
        ImageAccount(name: "node", user: 1000, group: 1000, home: "/home/node"),
    ]
    change(&facts)
    return facts
}

@Suite("What is added to an image") struct AdditionsTests {
    private let agent = AgentUser(callerUser: 1000, callerGroup: 1000)
    private let other = AgentUser(callerUser: 501, callerGroup: 20)

    @Test("an image that has it all gets nothing, and its account is the agent's")
    func complete() throws {
        #expect(try Additions(to: facts(), agent: agent) == nil)
        #expect(try Additions(to: facts(), agent: agent, named: "root") == nil)
        #expect(Additions.accountName(facts(), agent: agent) == "node")
        #expect(Additions.accountName(facts(), agent: other) == "agent")
        #expect(Additions.accountName(facts(), agent: other, named: "node") == "node")
        #expect(try Additions.missing(facts(), agent: agent).isEmpty)
    }

    @Test("each package manager gets its own words", arguments: PackageManager.allCases)
    func golden(manager: PackageManager) throws {
        let lacking = facts {
            $0.git = nil
            $0.tmux = nil
            $0.certificates = nil
            $0.managers = [manager]
        }
        let additions = try #require(try Additions(to: lacking, agent: agent, imageUser: "node:staff"))
        #expect(additions.names == ["git", "tmux", "CA certificates"])
        #expect(additions.packages == ["git", "tmux", "ca-certificates"])
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden")
        let golden = try Data(contentsOf: folder.appending(path: "additions-\(manager.rawValue).txt"))
        #expect(additions.containerfile == String(decoding: golden, as: UTF8.self))
    }

    @Test("an old git, one that says nothing, and a tmux that does not run are replaced")
    func old() throws {
        let old = facts {
            $0.git?.version = ProgramVersion(2, 24)
            $0.tmux?.version = nil
            $0.managers = [.apk]
        }
        #expect(try Additions(to: old, agent: agent)?.names == ["git 2.25 or newer", "tmux"])
        #expect(try Additions(to: facts { $0.git?.version = ProgramVersion(2, 25) }, agent: agent) == nil)
        #expect(
            try Additions(
                to: facts {
                    $0.git?.version = nil; $0.managers = [.dnf]
                }, agent: agent)?.packages == ["git"])
        #expect(try Additions.missing(old, agent: agent) == ["git 2.25 or newer", "tmux"])
    }

    @Test("what cannot be added is named, with what to do")
    func impossible() throws {
        var error = #expect(throws: TaskError.self) { try Additions(to: facts { $0.tmux = nil }, agent: agent) }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message == "the image lacks tmux, and has none of apt-get, apk, dnf and microdnf")
        #expect(error?.next == "add a RUN line to its Containerfile that installs tmux")
        error = #expect(throws: TaskError.self) { try Additions(to: ImageFacts(), agent: agent) }
        #expect(
            error?.message
                == "the image lacks git, tmux, CA certificates, user agent (1000), and has no /bin/sh to add it with")
        error = #expect(throws: TaskError.self) { try Additions(to: facts(), agent: other, named: "vscode") }
        #expect(error?.message == "the image has no user 'vscode'")
        error = #expect(throws: TaskError.self) {
            try Additions(to: facts(), agent: other, imageUser: "a\nRUN evil")
        }
        #expect(error?.message == "the image's USER 'a\\u{A}RUN evil' is not a name or number")
        error = #expect(throws: TaskError.self) {
            try Additions(to: facts { $0.users[1].home = "/home/$(x)" }, agent: other, named: "node")
        }
        #expect(error?.message == "the home '/home/$(x)' of the image's user 'node' is not a plain path")
    }

    @Test("no shell is needed where nothing is added, and no manager where only a name is")
    func little() throws {
        #expect(try Additions(to: facts { $0.hasShell = false }, agent: agent) == nil)
        #expect(try Additions(to: facts(), agent: other)?.names == ["user agent (501)"])
        #expect(try Additions(to: facts(), agent: other, named: "1000")?.names == ["user node (501 instead of 1000)"])
        #expect(
            try Additions(to: facts { $0.users[1].name = "agent" }, agent: other)?.names == ["user task-agent (501)"])
    }
}

@Suite("The shell scripts that change accounts") struct AccountScriptTests {
    /// Runs a script on files of a test's own, with each shell that this machine has.
    private func run(_ change: AccountChange?, passwd: String?, group: String?) throws -> Set<[String?]> {
        let script = try #require(change).script
        var results: Set<[String?]> = []
        for shell in [["dash"], ["bash", "--posix"], ["busybox", "sh"]] {
            let root = "/tmp/task-account-tests-\(UInt64.random(in: .min ... .max))"
            try Files.makeDirectory("\(root)/etc")
            defer { try? FileManager.default.removeItem(atPath: root) }
            for (name, text) in [("passwd", passwd), ("group", group)] {
                if let text { try Files.replace("\(root)/etc/\(name)", with: Array(text.utf8)) }
            }
            let moved = script.replacingOccurrences(of: "/etc/", with: "\(root)/etc/")
            let outcome = try Subprocess(shell[0], shell.dropFirst() + ["-c", moved]).runBlocking(seconds: 10)
            #expect(outcome.succeeded && outcome.errorText.isEmpty, "\(shell): \(outcome.errorText)")
            results.insert(
                ["passwd", "group"].map { name in
                    (try? Files.read("\(root)/etc/\(name)")).map { String(decoding: $0, as: UTF8.self) }
                })
        }
        return results
    }

    private let agent = AgentUser(callerUser: 501, callerGroup: 20)

    @Test("a name is added after what is there, in any shell, whether or not the last line ends")
    func added() throws {
        for end in ["", "\n"] {
            let root = "root:x:0:0:root:/root:/bin/sh\nodd::7:7:a b  c \\ *:/:"
            let change = try AccountChange(facts(), agent: agent, named: nil)
            #expect(
                try run(change, passwd: root + end, group: "root:x:0:\nstaff:x:200:a,b" + end) == [
                    [
                        root + "\nagent:x:501:20:agent:/home/agent:/bin/sh\n",
                        "root:x:0:\nstaff:x:200:a,b\nagent:x:20:\n",
                    ]
                ])
        }
        let change = try AccountChange(facts(), agent: agent, named: nil)
        #expect(
            try run(change, passwd: nil, group: nil) == [
                ["agent:x:501:20:agent:/home/agent:/bin/sh\n", "agent:x:20:\n"]
            ])
        #expect(
            try run(change, passwd: "a:x:501:1::/:/bin/sh", group: "b:x:20:") == [["a:x:501:1::/:/bin/sh", "b:x:20:"]])
    }

    @Test("an account gets other numbers, in any shell, and all else stays as it is")
    func renumbered() throws {
        let change = try AccountChange(
            facts { $0.users[1].home = "/home/none-\(getpid())" }, agent: agent, named: "node")
        let passwd = "root:x:0:0:a  b\\n *:/root:/bin/sh\nnode:!:1000:1000::/home/node:\nnodes:x:1001:1000:x:/h:/bin/sh"
        let changed =
            "root:x:0:0:a  b\\n *:/root:/bin/sh\nnode:!:501:20::/home/node:/bin/sh\nnodes:x:1001:1000:x:/h:/bin/sh\n"
        #expect(
            try run(change, passwd: passwd, group: "root:x:0:\nnode:x:1000:root,ada") == [
                [changed, "root:x:0:\nnode:x:20:root,ada\n"]
            ])
        #expect(
            try run(change, passwd: passwd, group: "dialout:x:20:\nnode:x:1000:\n") == [
                [changed, "dialout:x:20:\nnode:x:1000:\n"]
            ])
        #expect(try run(change, passwd: passwd, group: nil) == [[changed, "node:x:20:\n"]])
    }

    @Test("a home is given away only where homes are")
    func homes() throws {
        for (home, isGiven) in [
            ("/home/node", true), ("/", false), ("/usr/sbin", false), ("/home/", false), ("/root", false),
        ] {
            let change = try AccountChange(facts { $0.users[1].home = home }, agent: agent, named: "node")
            #expect(change?.script.contains("chown") == isGiven)
        }
        #expect(throws: TaskError.self) {
            try AccountChange(facts { $0.users[1].home = "/home/x/../.." }, agent: agent, named: "node")
        }
    }
}

@Suite("What a probe says") struct ImageFactsTests {
    @Test("is read line by line; what is not understood is passed over")
    func report() throws {
        let text = """
            probe 1
            shell /bin/sh
            git /usr/bin/git git version 2.39.5 (Apple Git-154)
            tmux /opt/tmux tmux next-3.4
            certificates /etc/ssl/cert.pem
            manager apk
            manager pacman
            os alpine 3.19
            user 1000 1000 ada /home/ada
            user x 1000 bob /home/bob
            user 1 1 ev;il /
            user 1 1 $(x) /
            user 2 2 -x /
            novelty 1 2 3
            alone
            git\u{1b}[31m x
            end

            """
        let facts = try ImageFacts(report: Array(text.utf8))
        #expect(facts.hasShell)
        #expect(facts.git == FoundProgram(path: "/usr/bin/git", version: ProgramVersion(2, 39)))
        #expect(facts.tmux == FoundProgram(path: "/opt/tmux", version: ProgramVersion(3, 4)))
        #expect(facts.certificates == "/etc/ssl/cert.pem")
        #expect(facts.managers == [.apk])
        #expect(facts.system == "alpine 3.19")
        #expect(facts.users == [ImageAccount(name: "ada", user: 1000, group: 1000, home: "/home/ada")])
        let again = try JSONDecoder().decode(ImageFacts.self, from: JSONEncoder().encode(facts))
        #expect(again == facts)
    }

    @Test(
        "versions of all sorts",
        arguments: [
            ("git version 2.47.1.windows.2", ProgramVersion(2, 47)), ("tmux 3.3a", ProgramVersion(3, 3)),
            ("tmux openbsd-7.6", ProgramVersion(7, 6)),
            ("git version 99999999999999999999.1", ProgramVersion(999_999, 1)),
            ("git", nil), ("git version", nil), ("git 2", nil), ("git .1", nil), ("git 2.x", nil),
        ] as [(String, ProgramVersion?)])
    func versions(text: String, version: ProgramVersion?) {
        #expect(ProgramVersion(in: ["/usr/bin/git"] + text.split(separator: " ").map(String.init)) == version)
    }

    @Test(
        "half of it is nothing",
        arguments: [
            "", "probe 1\n", "probe 1\nshell /bin/sh\n", "shell /bin/sh\nend\n", "probe 2\nend\n",
            "task-guest: no\u{1b}\n",
        ])
    func torn(text: String) {
        let error = #expect(throws: TaskError.self) { try ImageFacts(report: Array(text.utf8)) }
        #expect(error?.message.hasPrefix("cannot look into the image: ") == true)
        #expect(error?.message.contains("\u{1b}") == false)
    }

    @Test("any bytes are survived")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        let words = Array("probe 1\nend\ngit user manager os shell 0 9 . / \u{0}\u{ff}".utf8)
        for _ in 0..<2000 {
            let middle = (0..<Int.random(in: 0...200)).map { _ in words.randomElement(using: &generator) ?? 0 }
            _ = try? ImageFacts(report: Array("probe 1\n".utf8) + middle + Array("\nend\n".utf8))
        }
    }
}

import Foundation
import GuestProtocol
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct RefusalTests {
        @Test("names and addresses are refused quickly, and every refusal is on record", arguments: TestEngine.all)
        func refusals(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("refused")
                let script = #"""
                    attempt() {
                        what=$1; shift; start=$(date +%s%N)
                        if "$@" >/dev/null 2>&1; then echo "@$what=done"; else echo "@$what=refused"; fi
                        echo "@$what-milliseconds=$((($(date +%s%N) - start) / 1000000))"
                    }
                    attempt lookup getent hosts example.com
                    attempt address curl -sS -m 60 http://198.51.100.7/
                    attempt name curl -sS -m 60 https://example.org/
                    attempt encrypted curl -sSk -m 60 https://198.51.100.8/
                    attempt other curl -sS -m 60 http://198.51.100.9:8080/
                    perl -MIO::Socket::INET -e '
                        $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8000", Listen => 1);
                        exit if fork;
                        $client = $server->accept;
                        while (<$client>) { last if /^\r/ }
                        print $client "HTTP/1.0 200 OK\r\n\r\n"'
                    attempt own curl -sSf -m 60 http://127.0.0.1:8000/
                    """#
                let outcome = try world.agent(name, script)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let inside = Findings(outcome.output)
                for what in ["lookup", "address", "name", "encrypted", "other"] {
                    #expect(inside[what] == "refused", "\(what)")
                    // What is dropped instead of refused lasts a minute.
                    #expect((0..<30_000).contains(Int(inside["\(what)-milliseconds"]) ?? -1), "\(what)")
                }
                // What is the sandbox's own stays reachable: it is not that nothing works.
                #expect(inside["own"] == "done")

                let events = try world.events(name)
                let names = events.filter { $0.event == .nameRefused }.map { $0.data["host"] }
                #expect(names.contains(.text("example.com")))
                #expect(names.contains(.text("example.org")))
                let connections = events.filter { $0.event == .connectionRefused }
                #expect(connections.contains { $0.data["host"] == "198.51.100.7" && $0.data["port"] == 80 })
                #expect(connections.contains { $0.data["host"] == "198.51.100.8" && $0.data["port"] == 443 })
                #expect(!connections.contains { $0.data["host"] == "127.0.0.1" })
            }
        }

        @Test("a flood of lookups stays a few lines that account for all of them", arguments: TestEngine.all)
        func flood(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for (suffix, host, most) in [("same", "example.com", 4), ("many", "n$_.example.com", 300)] {
                    let name = world.name(suffix)
                    let program = #"for (1..5000) { $n += !defined gethostbyname("\#(host)") } print "\@n=$n\n""#
                    let outcome = try world.task(
                        ["run", "--isolated", "--wait", "--name", name, "--", "perl", "-e", program])
                    #expect(Findings(outcome.output)["n"] == "5000", "\(outcome.errors)")
                    let refused = try world.events(name).filter { $0.data["count"] != nil }
                    #expect((1...most).contains(refused.count), "\(refused.count)")
                    let counts = refused.compactMap { event -> Int? in
                        if case .number(let count) = event.data["count"] { count } else { nil }
                    }
                    #expect(counts.reduce(0, +) >= 5000)
                }
            }
        }

        @Test("whoever is not the guest may knock at the control socket and is not let in", arguments: TestEngine.all)
        func controlSocket(engine: TestEngine) throws {
            let hello = GuestMessage.hello(
                Hello(
                    guestVersion: "forged", listeners: [], limits: CgroupLimits(pids: "", memory: "", cpu: ""),
                    agent: .ended(.code(0))))
            let forged = try (hello.encode() + GuestMessage.exited(.code(0)).encode())
            let digits = forged.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let program = #"""
                use IO::Socket::UNIX; $SIG{PIPE} = "IGNORE";
                for (1..100) {
                    my $socket = IO::Socket::UNIX->new(Peer => "/run/task/control.sock") or next;
                    $connected++;
                    syswrite $socket, pack("H*", $ARGV[0]);
                    $closed++ unless sysread $socket, my $answer, 1;
                }
                print "\@connected=$connected\n\@closed=$closed\n";
                print "\@files=", join(" ", map { s|.*/||r } glob "/run/task/*"), "\n";
                sleep 1;
                exit 5;
                """#
            try inWorld(engine) { world in
                let name = world.name("forger")
                let outcome = try world.task([
                    "run", "--isolated", "--wait", "--name", name, "--", "perl", "-e", program, digits,
                ])
                let inside = Findings(outcome.output)
                #expect(inside["connected"] == "100")
                #expect(inside["closed"] == "100")
                #expect(inside["files"] == "control.sock")
                // A forged end would have been taken for exit code 0.
                #expect(outcome.code == 5, "\(outcome.errors)")
                #expect(try world.record(name).currentState.ending == .exited(code: 5))
            }
        }

        @Test("an agent that signals PID 1 or ends its own tmux gains no success by it", arguments: TestEngine.all)
        func signals(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for (suffix, script) in [
                    ("signals", "for n in $(seq 1 64); do kill -$n 1; done; sleep 2; exit 6"),
                    ("tmux", "tmux -S $XDG_RUNTIME_DIR/tmux kill-server; sleep 20"),
                ] {
                    let name = world.name(suffix)
                    let outcome = try world.agent(
                        name, "echo work > work.txt; git add .; git commit -qm work; \(script)")
                    #expect(outcome.code != 0, "\(suffix)")
                    let ending = try #require(try world.record(name).currentState.ending)
                    #expect(ending != .exited(code: 0), "\(suffix)")
                    #expect(try world.git("show", "task/\(name):work.txt") == "work")
                }
            }
        }
    }
}

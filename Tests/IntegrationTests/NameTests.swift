import System
import Testing

extension IntegrationTests {
    @Suite struct NameTests {
        @Test("nothing of the host's settings is known, and the task's own name is", arguments: TestEngine.all)
        func settings(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("names")
                let script = """
                    cat /etc/resolv.conf /etc/hosts
                    echo @self=$(getent hosts $(hostname) | tr -s ' ')
                    echo @localhost=$(getent ahosts localhost | cut -d ' ' -f 1 | sort -u)
                    ( : >> /etc/hosts ) 2> /dev/null || echo @hosts=read-only
                    ( : >> /etc/resolv.conf ) 2> /dev/null || echo @resolver=read-only
                    perl -MSocket=:addrinfo -e '
                        my ($error) = getaddrinfo("localhost", 80, {family => 2, flags => AI_ADDRCONFIG});
                        print "\\@addrconfig=", $error ? "$error" : "done", "\\n"'
                    """
                let outcome = try world.agent(name, script)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let expected = "nameserver 198.18.0.1\n127.0.0.1 localhost\n127.0.1.1 \(name)\n::1 ip6-localhost"
                #expect(outcome.output.replacing("\r", with: "").hasPrefix(expected), "\(outcome.output)")
                let inside = Findings(outcome.output)
                #expect(inside["self"] == "127.0.1.1 \(name)")
                #expect(inside["localhost"] == "127.0.0.1")
                #expect(inside["hosts"] == "read-only" && inside["resolver"] == "read-only")
                #expect(inside["addrconfig"] == "done")

                let control = try world.unguarded(
                    world.image(name), ["sh", "-c", script], options: ["--network", "none"])
                #expect(!control.contains("198.18.0.1"))
                #expect(Findings(control)["hosts"] == "nothing")
                #expect(Findings(control)["addrconfig"] != "done")
            }
        }

        @Test("the agent has a name, without which ssh would not run", arguments: TestEngine.all)
        func account(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("account")
                let script = """
                    echo @user=$(id -un):$(id -gn):$(getent passwd $(id -u) | cut -d : -f 6)
                    echo @ssh=$(ssh -o BatchMode=yes 127.0.0.1 2>&1 | tr -d '\\r')
                    ( : >> /etc/passwd ) 2> /dev/null || echo @passwd=read-only
                    """
                let outcome = try world.agent(name, script)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let inside = Findings(outcome.output)
                #expect(inside["user"] == "agent:agent:/home/agent")
                #expect(inside["ssh"].contains("Connection refused"), "\(inside["ssh"])")
                #expect(inside["passwd"] == "read-only")

                // Not as the container's user: Podman gives that one a name by itself.
                let other = ["setpriv", "--reuid", "1234", "--clear-groups", "sh", "-c", script]
                let control = try world.unguarded(world.image(name), other)
                #expect(Findings(control)["ssh"].contains("No user exists"), "\(control)")
            }
        }

        @Test("what is written beside the control socket is read inside, and only read", arguments: TestEngine.all)
        func denied(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("denied")
                let script = """
                    cd /run/task
                    until [ -e denied ]; do sleep 0.1; done; cat denied
                    until grep -q second denied; do sleep 0.1; done; cat denied
                    ( : >> denied ) 2> /dev/null || echo @append=refused
                    rm -f denied 2> /dev/null || echo @remove=refused
                    """
                try world.start(name, script)
                let file = "\(world.state)/task/tasks/\(name)/run/denied"
                for text in ["first\n", "second\n"] {
                    try Files.replace(file, with: Array(text.utf8))
                    try Files.setMode(0o644, of: file)
                    try world.wait(name, prints: text)
                }
                try world.waitForEnd(name)
                let inside = Findings(try world.task("logs", name).output)
                #expect(inside["append"] == "refused" && inside["remove"] == "refused")
            }
        }
    }
}

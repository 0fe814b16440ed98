import Foundation
import Testing

@Suite(.serialized) struct ProbeTests {
    private func probe(_ engine: Engine, _ more: [String] = []) throws -> [String] {
        let words =
            [
                "run", "--rm", "--network", "none", "--user", "0:0", "--cap-drop", "ALL", "--cap-add", "SETUID",
                "--cap-add", "SETGID",
            ]
            + ["--cap-add", "SETPCAP", "--security-opt", "no-new-privileges", "--read-only"]
            + ["--security-opt", "seccomp=\(Sandbox.seccomp)"]
            + more + ["-v", "\(Sandbox.guest):/.task/guest:ro", "--entrypoint", "/.task/guest", Engine.image, "probe"]
        return try engine.run(words).split(separator: "\n").map(String.init)
    }

    @Test("it says what the image has, from first to last", arguments: Engine.all)
    func facts(engine: Engine) throws {
        let lines = try probe(engine)
        #expect(lines.first == "probe 1" && lines.last == "end")
        #expect(lines.contains("shell /bin/sh"))
        #expect(lines.contains { $0.hasPrefix("git /usr/bin/git git version 2.") })
        #expect(lines.contains { $0.hasPrefix("tmux /usr/bin/tmux tmux 3.") })
        #expect(lines.contains("certificates /etc/ssl/certs/ca-certificates.crt"))
        #expect(lines.contains("user 0 0 root /root"))
    }

    @Test("programs of the image cannot hold it up, flood it or forge facts, and run as nobody", arguments: Engine.all)
    func hostile(engine: Engine) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "task-guest-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func put(_ name: String, _ text: String) throws {
            let path = folder.appending(path: name).path
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            chmod(path, 0o755)
        }
        try put("git", "#!/bin/sh\nsleep 1000 & sleep 1000\n")
        try put(
            "tmux",
            "#!/bin/sh\nprintf '%s \\033[31m\\nend\\n' \"$(id -u) $(grep -c '^CapEff:.0000000000000000$' /proc/self/status)\"; cat /dev/zero\n"
        )
        chmod(folder.path, 0o755)
        let begun = ContinuousClock.now
        let lines = try probe(engine, ["-v", "\(folder.path):/opt/x:ro", "-e", "PATH=relative:/opt/x"])
        #expect(begun.duration(to: .now) < .seconds(300))
        #expect(lines.contains("git /opt/x/git "))
        #expect(lines.contains("tmux /opt/x/tmux 65534 1 ?[31m"))
        #expect(lines.filter { $0 == "end" }.count == 1)
    }

    @Test("nothing is looked at under a filter of system calls that is not ours", arguments: Engine.all)
    func filter(engine: Engine) throws {
        #expect(throws: Engine.Failure.self) {
            try engine.run([
                "run", "--rm", "--network", "none", "--user", "0:0", "--cap-drop", "ALL", "--cap-add", "SETUID",
                "--cap-add",
                "SETGID", "--cap-add", "SETPCAP", "--security-opt", "no-new-privileges", "-v",
                "\(Sandbox.guest):/.task/guest:ro", "--entrypoint", "/.task/guest", Engine.image, "probe",
            ])
        }
    }
}

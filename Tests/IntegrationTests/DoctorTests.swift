import Foundation
import Glibc
import System
import Testing

extension IntegrationTests {
    @Suite struct DoctorTests {
        /// The checks of `task doctor --json`, by name.
        private func checks(_ world: World) throws -> [String: [String: String]] {
            let outcome = try world.task("doctor", "--json")
            #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
            var result: [String: [String: String]] = [:]
            for line in outcome.output.split(separator: "\n") {
                let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
                let subject = object["check"] ?? object["assurance"].map { _ in "assurance" }
                result[subject ?? "about \(object["protected"] ?? object["open"] ?? "")"] = object
            }
            return result
        }

        @Test("a machine on which tasks run, and what a crash leaves on it", arguments: TestEngine.all)
        func doctor(engine: TestEngine) throws {
            try inWorld(engine) { world in
                var found = try checks(world)
                #expect(found["engine"]?["finding"]?.hasPrefix("\(engine) at \(engine.socket)") == true)
                let versions = try engine.run("version", "--format", "{{.Server.Version}}").outputText
                let version = versions.trimmingCharacters(in: .newlines)
                #expect(found["version"]?["finding"]?.hasPrefix("\(version), API 1.") == true, "\(found)")
                #expect(found["runtime"]?["finding"]?.contains("run") == true, "\(found)")
                for name in [
                    "engine", "version", "runtime", "rootless", "limits", "seccomp", "kernel", "git", "tmux",
                    "installation", "configuration", "tasks", "leftovers",
                ] {
                    #expect(found[name]?["status"] == "ok", "\(name): \(String(describing: found[name]))")
                    #expect(found[name]?["mend"] == nil)
                }
                #expect(["standard", "strong"].contains(found["assurance"]?["assurance"]))
                #expect(found["about network"]?["protected"] != nil && found["about kernel"]?["open"] != nil)
                // What it says of the engine holds for a task: PID 1 has found the limits and the filter in force.
                let name = world.name("left")
                try world.start(name, "exec sleep 1000")

                // The supervisor dies: doctor says so, and does not start another by looking.
                try killSupervisor(of: name, world)
                found = try checks(world)
                #expect(found["tasks"]?["status"] == "warning")
                #expect(found["tasks"]?["finding"] == "without a supervisor: \(name)")
                #expect(try world.supervisors() == [])
                #expect(found["leftovers"]?["status"] == "ok", "\(found)")

                // Its directory is lost, and another task's was never finished.
                try FileTree.remove(world.taskDirectory(name))
                let dead = try ChildProcess(Subprocess("true"))
                _ = dead.wait()
                let unfinished = "\(world.state)/task/tasks/.new-x-\(dead.pid)-1a"
                try Files.makeDirectory("\(unfinished)/home")
                found = try checks(world)
                let finding = try #require(found["leftovers"]?["finding"])
                #expect(finding.contains("task-\(name)-agent-") && finding.contains(".new-x-"), "\(finding)")
                #expect(found["leftovers"]?["mend"] == "task prune")

                let other = world.name("kept")
                try world.start(other, "exec sleep 1000")
                let rehearsal = try world.task("prune", "--dry-run")
                #expect(rehearsal.output.hasPrefix("would remove the container task-\(name)-agent-"))
                #expect(rehearsal.output.hasSuffix("would remove the directory \(unfinished)\n"))
                #expect(try world.containers().count == 2)
                let pruned = try world.task("prune")
                #expect(pruned.code == 0, "\(pruned.errors)")
                #expect(pruned.output == rehearsal.output.replacingOccurrences(of: "would remove", with: "removed"))
                #expect(!Files.exists(unfinished))
                // What belongs to a task stays.
                #expect(try world.containers().map { $0.contains("kept") } == [true])
                #expect(try checks(world)["leftovers"]?["finding"] == "none")
                #expect(try world.task("prune").output == "")
            }
        }

        @Test("for people: 80 columns on a terminal, and a configuration that is wrong", arguments: TestEngine.all)
        func page(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let screen = try Screen(
                    world, ["doctor"], columns: 80, rows: 70, variables: ["NO_COLOR": ""])
                #expect(try screen.waitForExit() == 0)
                let text = try screen.text
                #expect(text.contains("ok       engine           \(engine) at \(engine.socket)"), "\(text)")
                #expect(text.contains("\nIsolation on this machine: "), "\(text)")
                #expect(text.contains("    kernel          it is shared: "), "\(text)")
                #expect(try screen.tmux("capture-pane", "-p", "-e").contains("\u{1B}[32mok"))

                try Files.makeDirectory("\(world.root)/config/task")
                try Files.replace("\(world.root)/config/task/config.json", with: Array("{\"nonsense\": 1}".utf8))
                let wrong = try world.task("doctor")
                #expect(wrong.code == 1)
                #expect(wrong.output.contains("\nfailure  configuration "), "\(wrong.output)")
                #expect(wrong.output.contains("config.json:1:"), "\(wrong.output)")
                #expect(wrong.output.contains("mend: edit"), "\(wrong.output)")
                #expect(!wrong.output.contains("\u{1B}"))
                try Files.remove("\(world.root)/config/task/config.json")
            }
        }

        private func killSupervisor(of name: String, _ world: World) throws {
            for pid in try Files.list("/proc") where pid.allSatisfy(\.isNumber) {
                guard let bytes = try? Files.read("/proc/\(pid)/cmdline"), let number = Int32(pid) else { continue }
                let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                if words.contains("supervise"), words.last == name { kill(number, SIGKILL) }
            }
            try world.wait("the supervisor is dead") { try world.supervisors() == [] }
        }
    }
}

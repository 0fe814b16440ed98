import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkRecordTests {
        @Test(
            "rules on record that are not those that were resolved mean no network, and it is said",
            arguments: TestEngine.all)
        func tampered(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let name = world.name("record")
                let started = try world.task(place.options(name) + ["-d", "--", "sleep", "600"])
                try #require(started.code == 0, "\(started.errors)")
                #expect(try ask(place, name, "allowed.test").hasPrefix("reached"))

                // The control: a supervisor that finds what it knows opens the network again.
                try world.killSupervisor(name)
                _ = try world.task("list")
                try world.wait("the network is back") { try ask(place, name, "allowed.test").hasPrefix("reached") }

                try world.killSupervisor(name)
                let file = "\(world.state)/task/tasks/\(name)/state.json"
                let record = String(decoding: try Files.read(file), as: UTF8.self)
                try Files.replace(file, with: Array(record.replacing("allowed.test", with: "evil.test").utf8))
                let start = try place.internet.mark()
                _ = try world.task("list")
                try world.wait("it is said") { try world.events(name).contains { $0.event == .policyInvalid } }
                for host in ["evil.test", "allowed.test", "a.wild.test"] {
                    #expect(try ask(place, name, host).hasPrefix("closed"), "\(host)")
                }
                #expect(try place.departures(since: start).isEmpty)
            }
        }

        @Test("what an agent writes in its branch changes no policy, now or when it goes on", arguments: TestEngine.all)
        func ownFile(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                try world.write("net.json", #"{"rules": [{"domain": "allowed.test", "ports": [443]}]}"#)
                try world.commit("a policy in the project")
                let name = world.name("branch")
                let script = """
                    echo '{"rules": [{"domain": "evil.test"}]}' > net.json
                    mkdir -p .task && cp net.json .task/config.json && git add -A && git commit -qm policy; sleep 600
                    """
                let image = try InternetWorld.image(engine)
                let words = ["run", "--isolated", "-d", "--image", image, "--name", name, "--policy", "./net.json"]
                let started = try world.task(words + ["--", "sh", "-c", script])
                try #require(started.code == 0, "\(started.errors)")
                let before = try world.task("policy", "show", "--json", "--task", name).output
                #expect(before.contains("allowed.test") && !before.contains("evil.test"))
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.git("show", "task/\(name):net.json").contains("evil.test"))
                #expect(try world.task("resume", "-d", name).code == 0)
                #expect(try world.task("policy", "show", "--json", "--task", name).output == before)
                #expect(try place.inside(name, ["getent", "hosts", "allowed.test"]).hasPrefix("198.1"))
                #expect(try place.inside(name, ["getent", "hosts", "evil.test"]) == "")
            }
        }

        private func ask(_ place: InternetWorld, _ name: String, _ host: String) throws -> String {
            Findings(try place.inside(name, ["python3", "-B", "net/live.py", "ask", host, "443"]))["asked"]
        }
    }
}

import Foundation
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct ListTests {
        @Test("without tasks the table has its head alone", arguments: TestEngine.all)
        func empty(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let table = try world.task("list").output
                #expect(table == "NAME  PHASE  PLACE  PROJECT  AGE  STATUS\n")
                #expect(try world.task("list", "-q").output == "")
                #expect(try world.task("list", "--json").output == "")
            }
        }

        @Test("the newest first, in columns, as names and as JSON", arguments: TestEngine.all)
        func table(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let old = world.name("old")
                let new = world.name("the-new")
                #expect(try world.agent(old, "exit 4").code == 4)
                try world.start(new, "exec sleep 1000")
                let lines = try world.task("list", "-a").output.split(separator: "\n").map(String.init)
                try #require(lines.count == 3)
                let columns = lines.map { $0.split(separator: " ").map(String.init) }
                #expect(columns[0] == ["NAME", "PHASE", "PLACE", "PROJECT", "AGE", "STATUS"])
                #expect(columns[1].prefix(4) == [new, "running", engine.rawValue, "project"])
                #expect(columns[1][5] == "up")
                #expect(columns[2].prefix(4) == [old, "ended", engine.rawValue, "project"])
                #expect(columns[2].dropFirst(5).prefix(2) == ["exited", "4,"])
                // Columns begin where their titles do.
                for title in ["PHASE", "PLACE", "PROJECT", "AGE", "STATUS"] {
                    let place = try #require(lines[0].range(of: title)).lowerBound
                    for line in lines.dropFirst() {
                        let index = line.index(
                            line.startIndex, offsetBy: lines[0].distance(from: lines[0].startIndex, to: place))
                        #expect(line[index] != " " && line[line.index(before: index)] == " ", "\(title): \(line)")
                    }
                }
                #expect(try world.task("list", "-aq").output == "\(new)\n\(old)\n")
                // What has ended is not shown unless it is asked for.
                let running = try world.task("list")
                #expect(running.output.split(separator: "\n").count == 2 && !running.output.contains(old))
                #expect(running.errors == "task: 1 ended task not shown; task list --all\n")
                #expect(try world.task("list", "-q") == .init(code: 0, output: "\(new)\n", errors: ""))
                let words = ["list", "-a", "-q", "--filter", "phase=running", "--format", "{{.Name}}"]
                #expect(try world.task(words).output == "\(new)\n")
                #expect(try world.task("list", "--filter", "ending=failure", "-q").output == "\(old)\n")
                let project = try world.task(
                    "list", "-a", "--filter", "project=\(world.project)", "--filter", "name=\(new)", "--format",
                    "table {{.Name}}\\t{{.Branch}}")
                #expect(project.output.hasPrefix("NAME") && project.output.hasSuffix("\(new)  task/\(new)\n"))
                let unknown = try world.task("list", "--format", "{{.Colour}}")
                #expect(unknown.code == 2 && unknown.output.isEmpty)
                #expect(unknown.errors.contains("there is no field 'Colour'"))

                let decoder = JSONDecoder()
                decoder.dateDecodingStrategy = .iso8601
                let records = try world.task("list", "-a", "--json").output.split(separator: "\n")
                    .map { try decoder.decode(TaskRecord.self, from: Data($0.utf8)) }
                #expect(records.map(\.id.description) == [new, old])
                #expect(records.map(\.currentState.phase) == [.running, .ended])
                #expect(records[1].currentState.ending == .exited(code: 4))
            }
        }

        @Test("a damaged task is named, the others are shown, and it is a failure", arguments: TestEngine.all)
        func damaged(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let good = world.name("good")
                let bad = world.name("bad")
                #expect(try world.agent(good, "exit 0").code == 0)
                try Files.makeDirectory(world.taskDirectory(bad))
                try Files.replace("\(world.taskDirectory(bad))/state.json", with: Array("{\"version\":1".utf8))
                let outcome = try world.task("list", "-aq")
                #expect(outcome.code == 1)
                #expect(outcome.output == "\(good)\n")
                #expect(outcome.errors.hasPrefix("task: '\(bad)' cannot be shown: cannot read '"))
                #expect(outcome.errors.contains("\(bad)/state.json'"))
                try FileTree.remove(world.taskDirectory(bad))
            }
        }

        @Test("events tell what happened, in order and without gaps", arguments: TestEngine.all)
        func events(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("events")
                _ = try world.agent(name, "echo x >> readme.txt; git commit -qam x; exit 3")
                let decoder = JSONDecoder()
                decoder.dateDecodingStrategy = .iso8601
                let events = try world.task("events", "--json", name).output.split(separator: "\n")
                    .map { try decoder.decode(TaskEvent.self, from: Data($0.utf8)) }
                #expect(events.map(\.sequence) == Array(1...max(1, events.count)))
                #expect(events.map(\.event) == [.created, .prepared, .started, .exported, .ended])
                #expect(events.last?.data["exitCode"] == .number(3))
                #expect(events.last?.data["how"] == .text("exited 3"))
                let head = try world.git("rev-parse", "task/\(name)")
                #expect(events.first { $0.event == .exported }?.data["commit"] == .text(head))

                let lines = try world.task("events", name).output.split(separator: "\n")
                #expect(lines.count == events.count)
                #expect(lines.last?.hasSuffix("  ended  exitCode=3  how=exited 3") == true)
            }
        }

        @Test("following the events ends with the task", arguments: TestEngine.all)
        func follow(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("follow")
                try world.start(name, "read -r x; exit 0")
                let following = try world.begin(["events", "-f", name])
                try world.wait("the beginning is shown") { try following.output.contains("  started") }
                #expect(try world.task("send", name, "go").code == 0)
                let outcome = try following.wait()
                #expect(outcome.code == 0)
                let names = outcome.output.split(separator: "\n").map { $0.components(separatedBy: "  ")[1] }
                #expect(names == ["created", "prepared", "started", "input", "ended"])
            }
        }
    }
}

import CommandLineKit
import FoundationEssentials
import TaskModel
import TaskStore
import Testing

@testable import TaskCommands

@Suite("Lists, their formats and filters") struct ListingTests {
    private let listing = Listing(
        fields: ["Name", "CreatedAt", "Phase"], columns: ["Name", "Phase"],
        rows: [["one", "2026-11-21T10:00:00Z", "running"], ["another", "2026-11-20T10:00:00Z", "ended"]])

    private func text(_ format: String?) throws -> String { try listing.text(try format.map(ListFormat.init)) }

    @Test("without a format: columns")
    func columns() throws {
        let table = "NAME     PHASE\none      running\nanother  ended\n"
        #expect(try text(nil) == table)
        #expect(try text("table") == table)
        #expect(try text("table {{.Name}}\\t{{.Phase}}") == table)
    }

    @Test("templates")
    func templates() throws {
        #expect(try text("{{.Name}}") == "one\nanother\n")
        #expect(try text("{{ .Name }}: {{.Phase}}.") == "one: running.\nanother: ended.\n")
        #expect(try text("{{.Name}}\\t{{.Phase}}") == "one\trunning\nanother\tended\n")
        #expect(try text("a\\nb{{.Name}}{") == "a\nbone{\na\nbanother{\n")
        #expect(
            try text("table {{.CreatedAt}}\\t{{.Name}}!")
                == "CREATED AT            NAME!\n2026-11-21T10:00:00Z  one!\n2026-11-20T10:00:00Z  another!\n")
        #expect(try ListFormat(argument: "json").isJSON)
        #expect(try ListFormat(argument: "{{json .}}").isJSON)
    }

    @Test(
        "what is no format",
        arguments: [
            "", "name", "{{.Name", "{{Name}}", "{{range .}}", "{{.Name | lower}}", "{{}}", "{{.}}",
            "{{.Na me}}", "{{.Name}", "{{json .Name}}",
        ])
    func noFormat(text: String) {
        #expect(throws: ValueError.self) { try ListFormat(argument: text) }
    }

    @Test("an unknown field is named, with those that there are")
    func unknownField() throws {
        let error = #expect(throws: TaskError.self) { try text("{{.Nmae}}") }
        #expect(
            error?.description
                == "there is no field 'Nmae' for --format (did you mean 'Name'?)\n  next: one of Name, CreatedAt, Phase"
        )
        #expect(error?.exitCode == 2)
    }

    // MARK: - Filters

    private static let now = Date(timeIntervalSince1970: 1_000_000)

    private func row(
        _ name: String, _ phase: Phase, waiting: String? = nil, age: Double = 60, ending: Ending? = nil,
        place: Place = .docker, project: String = "/home/u/shop", command: [String] = ["/bin/make", "all"]
    ) throws -> (row: TaskRow, record: TaskRecord) {
        let id = try #require(TaskID(name))
        let made = Self.now.addingTimeInterval(-age)
        var state = CurrentState(place: place, branch: id.branch, createdAt: made)
        state.phase = phase
        state.waiting = waiting
        state.ending = ending
        state.startedAt = made
        if ending != nil { state.endedAt = Self.now }
        let inputs = TaskInputs(
            id: id, createdAt: made,
            repository: Repository(path: project, gitDirectory: "\(project)/.git", objectFormat: "sha1"),
            base: Base(reference: "HEAD", commit: String(repeating: "a", count: 40), branch: "main"), author: nil,
            subdirectory: "", includes: [], command: command,
            environment: [EnvironmentEntry(name: "KEY", value: "secret")], place: place, image: nil,
            limits: Limits(memory: 4 << 30, milliCPUs: 1500, processes: nil), timeout: 1800)
        let record = TaskRecord(sequence: 1, id: id, currentState: state)
        let row = TaskRow(
            task: TaskOutline(record), inputs: inputs, projectPath: project,
            project: project.hasSuffix("shop") ? "shop" : "docs")
        return (row, record)
    }

    private func rows() throws -> [TaskRow] { try tasks().map(\.row) }

    private func tasks() throws -> [(row: TaskRow, record: TaskRecord)] {
        [
            try row("fix-login", .running, waiting: "for a prompt"),
            try row("fix-logout", .running, age: 7200, place: .podman),
            try row("docs", .ended, age: 90_000, ending: .exited(code: 0), project: "/home/u/docs"),
            try row("bad", .ended, age: 100, ending: .exited(code: 3), place: .local),
        ]
    }

    @Test(
        "of one key any may hold, of several each must",
        arguments: [
            ("", "fix-login fix-logout docs bad"), ("phase=running", "fix-login fix-logout"),
            ("phase=waiting", "fix-login"), ("phase=ended phase=waiting", "fix-login docs bad"),
            ("name=fix", "fix-login fix-logout"), ("name=fix phase=ended", ""), ("name=docs name=bad", "docs bad"),
            ("project=shop", "fix-login fix-logout bad"), ("project=/home/u/docs", "docs"), ("project=sho", ""),
            ("agent=make", "fix-login fix-logout docs bad"), ("agent=claude", ""), ("place=podman", "fix-logout"),
            ("isolation=none", "bad"), ("ending=success", "docs"), ("ending=failure", "bad"),
            ("since=1h", "fix-login bad"), ("until=1h", "fix-logout docs"), ("since=3h until=1h", "fix-logout"),
            ("until=1970-01-12T13:00:00Z", "fix-logout docs"),
        ])
    func filters(words: String, names: String) throws {
        let words = try words.split(separator: " ").map { try FilterWord(argument: String($0)) }
        let filter = try TaskFilter(words, now: Self.now)
        let found = try rows().filter(filter.allows).map(\.task.id.description)
        #expect(found.joined(separator: " ") == names)
    }

    @Test(
        "filters that are none, and what there is",
        arguments: [
            (
                "phse=running",
                "there is no filter 'phse' (did you mean 'phase'?)\n  next: --filter with one of phase, name, project, "
                    + "agent, place, isolation, ending, since, until"
            ),
            (
                "phase=runing",
                "--filter phase knows no 'runing' (did you mean 'running'?)\n  next: one of preparing, running, ending, "
                    + "ended, waiting"
            ),
            (
                "since=soon",
                "--filter since takes a length or a time, not 'soon'\n  next: such as since=24h or "
                    + "since=2026-11-21T10:00:00Z"
            ),
        ])
    func noFilter(word: String, text: String) throws {
        let words = [try FilterWord(argument: word)]
        let error = #expect(throws: TaskError.self) { try TaskFilter(words, now: Self.now) }
        #expect(error?.description == text)
        #expect(error?.exitCode == 2)
    }

    @Test("no filter at all", arguments: ["", "phase", "=x", "phase="])
    func noWord(text: String) {
        #expect(throws: ValueError.self) { try FilterWord(argument: text) }
    }

    @Test("the table: what waits says for what, what has ended how and when, what is not isolated that")
    func table() throws {
        let listing = Listing(
            fields: TaskRow.fields, columns: TaskRow.columns, rows: try rows().map { $0.values(now: Self.now) })
        #expect(listing.rows.allSatisfy { $0.count == listing.fields.count })
        let columns = Listing(
            fields: TaskRow.columns, columns: TaskRow.columns, rows: try rows().map { $0.columnValues(now: Self.now) })
        #expect(try columns.text(nil) == listing.text(nil))
        #expect(
            try listing.text(nil) == """
                NAME        PHASE    PLACE         PROJECT  AGE  STATUS
                fix-login   waiting  docker        shop     1m   for a prompt
                fix-logout  running  podman        shop     2h   up 2h
                docs        ended    docker        docs     1d   exited 0, 0s ago
                bad         ended    local UNSAFE  shop     1m   exited 3, 0s ago

                """)
    }

    @Test("the page of a task, running, ended and without isolation")
    func page() throws {
        let store = TaskStore(root: "/state")
        let pages = try tasks().map { row, record in
            TaskPage(
                record: record, inputs: try #require(row.inputs), task: store.directory(record.id),
                now: Self.now
            ).text
        }
        #expect(pages.allSatisfy { !$0.contains("secret") })
        #expect(
            pages[0] == """
                Task        fix-login
                Phase       running, waiting: for a prompt
                Made        1m ago (1970-01-12T13:45:40Z)
                Started     1m ago (1970-01-12T13:45:40Z)
                Place       docker, isolated in a container
                Project     /home/u/shop
                Base        main at aaaaaaaaaa
                Branch      task/fix-login, nothing on it yet
                Command     /bin/make all
                Variables   KEY
                Network     nothing
                Limits      memory 4 GiB, processors 1.50, processes unlimited, stopped after 30m
                Workspace   /state/tasks/fix-login/workspace
                Scrollback  /state/tasks/fix-login/scrollback
                Next        task attach fix-login, task logs -f fix-login, task diff fix-login, task stop fix-login

                """)
        #expect(pages[3].contains("\nPhase       ended: exited 3\n"))
        #expect(pages[3].contains("\nPlace       local: UNSAFE, nothing isolates it from this machine\n"))
        #expect(pages[3].contains("\nNetwork     all that this machine reaches\n"))
        #expect(pages[3].hasSuffix("\nNext        task logs bad, task resume bad, task rm bad\n"))
    }

    @Test("what a task says of itself moves no cursor")
    func hostile() throws {
        let values = try row("bad", .running, waiting: "\u{1b}[2J\nx").row.values(now: Self.now)
        #expect(values.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 32 } })
    }
}

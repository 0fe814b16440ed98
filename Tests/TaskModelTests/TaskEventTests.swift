import FoundationEssentials
import Testing

@testable import TaskModel

@Suite("Events") struct TaskEventTests {
    @Test("particulars are bare values")
    func golden() throws {
        let event = TaskEvent(
            sequence: 7, time: Golden.time(1), event: .nameRefused,
            data: [
                "name": "evil.test", "count": 12, "first": true, "zero": 0, "no": false, "digits": "1", "word": "true",
            ])
        try Golden.check("event.json", is: event)
    }

    @Test(
        "numbers and truth values are not mixed up",
        arguments: [
            ("0", .number(0)), ("1", .number(1)), ("true", .truth(true)), ("false", .truth(false)),
            ("\"1\"", .text("1")),
            ("\"true\"", .text("true")), ("\"\"", .text("")), ("-9223372036854775808", .number(.min)),
            ("\"\\u001b\\n\"", .text("\u{1b}\n")),
        ] as [(String, TaskEvent.Value)])
    func values(json: String, value: TaskEvent.Value) throws {
        #expect(try Golden.decode([TaskEvent.Value].self, "[\(json)]") == [value])
        #expect(try Golden.decode([TaskEvent.Value].self, Golden.encode([value])) == [value])
    }

    @Test("nothing else is a particular", arguments: ["null", "1.5", "[]", "{}", "1e300"])
    func otherValues(json: String) {
        #expect(throws: DecodingError.self) { try Golden.decode([TaskEvent.Value].self, "[\(json)]") }
    }

    @Test("a name that only a newer program knows is kept")
    func newerName() throws {
        let name = try Golden.decode([TaskEvent.Name].self, "[\"from-the-future\"]")
        #expect(name == [TaskEvent.Name(rawValue: "from-the-future")])
        #expect(try Golden.encode(name).contains("\"from-the-future\""))
    }
}

@Suite("Errors") struct TaskErrorTests {
    @Test(
        "the kind decides the exit code",
        arguments: [
            (.failed, 1), (.usage, 2), (.noSandbox, 125),
        ] as [(TaskError.Kind, Int32)])
    func codes(kind: TaskError.Kind, code: Int32) {
        #expect(TaskError(kind, "x").exitCode == code)
    }

    @Test("message and next command")
    func description() {
        #expect(TaskError(.failed, "no task 'x'").description == "no task 'x'")
        #expect(TaskError(.failed, "no task 'x'", next: "task list").description == "no task 'x'\n  next: task list")
    }
}

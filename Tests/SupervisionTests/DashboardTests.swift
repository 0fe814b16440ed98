import Foundation
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("What a dashboard reads") struct DashboardTests {
    private func file(_ body: (String) throws -> Void) throws {
        let path = "/tmp/task-dashboard-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? Files.remove(path) }
        try body(path)
    }

    private func append(_ path: String, _ text: String) throws {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND)
        try file.write(Array(text.utf8))
    }

    private func event(_ number: Int, _ name: String, _ data: String) -> String {
        #"{"data":{\#(data)},"event":"\#(name)","sequence":\#(number),"time":"2026-11-22T08:00:00Z"}"# + "\n"
    }

    @Test("the end of the output is text: what controls terminals is gone, and half a sequence at the cut too")
    func output() throws {
        try file { path in
            try append(path, "first\n\u{1B}[31mred\u{1B}[0m \u{1B}]0;title\u{7}\ta\u{202E}b\n\n   \n")
            var tail = OutputTail(path)
            tail.look(span: 1000, lines: 10)
            #expect(tail.lines == ["first", "red  a\\u{202E}b"])
            tail.look(span: 1000, lines: 1)
            #expect(tail.lines == ["first", "red  a\\u{202E}b"], "nothing has changed")
            try append(path, "more\r\nprogress 1\rprogress 2")
            tail.look(span: 1000, lines: 2)
            #expect(tail.lines == ["progress 1", "progress 2"])
            // The cut is within the colour.
            tail.look(span: 60, lines: 10)
            #expect(tail.lines.contains("more") && !tail.lines.joined().contains("1m"))
        }
        var gone = OutputTail("/nonexistent/scrollback")
        gone.look(span: 10, lines: 10)
        #expect(gone.lines == [])
    }

    @Test("output that is one endless line, or zeros of a hole, is bounded")
    func endless() throws {
        let lines = OutputTail.lines(of: Array(repeating: 0x61, count: 100_000), isWhole: false, atMost: 10)
        #expect(lines.count == 1 && lines[0].count <= 1001)
        #expect(OutputTail.lines(of: [0, 0, 0, 0x62, 0x0A], isWhole: false, atMost: 10) == [])
        #expect(OutputTail.lines(of: [0, 0, 0, 0x62, 0x0A], isWhole: true, atMost: 10) == ["b"])
    }

    @Test("refusals are counted, the last one is named, and what cannot be read is passed over")
    func events() throws {
        try file { path in
            try append(path, event(1, "created", #""place":"docker""#))
            var tail = EventTail(path)
            tail.look()
            #expect(tail.denials == 0 && tail.lastDenied == "" && tail.events.map(\.event) == [.created])
            try append(path, event(2, "name-refused", #""count":1,"host":"a.example","reason":"not listed""#))
            try append(
                path, event(3, "connection-refused", #""count":12,"host":"b.example","port":443,"repeated":true"#))
            try append(path, event(4, "input", #""text":"\"event\":\"name-refused\"""#))
            try append(path, #"{"data":{},"event":"name-ref"#)
            tail.look()
            #expect(tail.denials == 13 && tail.lastDenied == "b.example:443")
            #expect(tail.events.count == 4)
            // The rest of the line, and a host that would act on the terminal.
            try append(path, "used\",\"sequence\":5,\"time\":\"2026-11-22T08:00:00Z\"}\nno json\n")
            try append(path, event(6, "name-refused", #""count":2,"host":"\u001b[2Jx""#))
            tail.look()
            #expect(tail.denials == 16 && tail.lastDenied == "\\u{1B}[2Jx")
            for number in 7...200 { try append(path, event(number, "started", "")) }
            tail.look()
            #expect(tail.events.count <= 80 && tail.events.last?.sequence == 200)
        }
    }

    @Test("a log in the place of another is read from its beginning")
    func replaced() throws {
        try file { path in
            try append(path, String(repeating: event(1, "name-refused", #""count":1,"host":"a.example""#), count: 5))
            var tail = EventTail(path)
            tail.look()
            #expect(tail.denials == 5)
            try Files.remove(path)
            try append(path, event(1, "name-refused", #""count":2,"host":"b.example""#))
            tail.look()
            #expect(tail.denials == 2 && tail.lastDenied == "b.example")
        }
    }

    @Test("processor time is told as a share of one processor")
    func share() {
        #expect(UsageMeter.percent(1_000_000_000, of: 1000) == 100)
        #expect(UsageMeter.percent(2_000_000_000, of: 1000) == 200)
        #expect(UsageMeter.percent(4_000_000, of: 1000) == 0)
        #expect(UsageMeter.percent(5_000_000, of: 0) == 500)
    }

    @Test("the last line is one that says something, where there is one")
    func lastLine() throws {
        let id = try #require(TaskID("x"))
        var task = DashboardTask(id: id, state: CurrentState(place: .docker, branch: "b", createdAt: Date()))
        #expect(task.lastLine == "")
        task.output = ["words", "│  >  │", "╰─────╯"]
        #expect(task.lastLine == "words")
        task.output = ["╰─────╯"]
        #expect(task.lastLine == "╰─────╯")
    }
}

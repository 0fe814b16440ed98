import CommandLineKit
import Environments
import Foundation
import Testing

@testable import TaskCommands

@Suite("What is shown of a build") struct BuildScreenTests {
    static let events: [(Double, BuildEvent)] = [
        (0, .began(image: "project", reason: "file src/x changed (+3 more)")),
        (0, .started(step: "sha256:a", name: "[internal] load build definition from Containerfile")),
        (0.1, .finished(step: "sha256:a")),
        (0.1, .started(step: "sha256:b", name: "[1/3] FROM localhost/task-base")),
        (0.1, .cached(step: "sha256:b")),
        (0.2, .started(step: "sha256:c", name: "[2/3] RUN make")),
        (0.5, .log(step: "sha256:c", text: "cc -c one.c\ncc -c two.c")),
        (0.9, .log(step: "sha256:c", text: "\u{1B}[31mred\u{1B}[0m \u{1B}]0;title\u{7}and \u{202E}reversed")),
        (62.9, .finished(step: "sha256:c")),
        (63, .started(step: "sha256:d", name: "[3/3] RUN make test")),
        (63.5, .log(step: "sha256:d", text: "no such file")),
        (64, .failed(step: "sha256:d", message: "process \"make test\" did not complete: exit code 2")),
    ]

    private func golden(_ name: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    @Test("what is over stays on the screen: steps with their times, and the failing one's output in full")
    func over() throws {
        var screen = BuildScreen()
        let lines = Self.events.flatMap { screen.receive($0.1, at: $0.0) }
        #expect(lines.map { $0.cut(to: 200) + "\n" }.joined() == (try golden("build-over")))
    }

    @Test("elsewhere there are plain lines")
    func plain() throws {
        var text = BuildText()
        let lines = Self.events.flatMap { text.receive($0.1, at: $0.0) }
        #expect(lines.map { $0 + "\n" }.joined() == (try golden("build-plain")))
    }

    @Test("a build that succeeds says so")
    func success() {
        var screen = BuildScreen()
        _ = screen.receive(.began(image: "base", reason: "new"), at: 0)
        #expect(
            screen.receive(.ended(image: "base", id: "sha256:1", built: true), at: 65).map(\.text) == [
                "✓ base is ready  1m05s"
            ])
        #expect(screen.receive(.ended(image: "base", id: "sha256:1", built: false), at: 66) == [])
        #expect(!screen.isBusy)
    }

    @Test("a running step is drawn with its time and its last five lines, cut to the width")
    func live() {
        var screen = BuildScreen()
        _ = screen.receive(.began(image: "project", reason: "new"), at: 0)
        _ = screen.receive(.started(step: "2/5", name: "RUN make everything"), at: 1)
        for number in 1...7 { _ = screen.receive(.log(step: "2/5", text: "line \(number) of the step"), at: 1) }
        let lines = screen.live(at: 3.25, columns: 22, rows: 20)
        #expect(
            lines.map(\.text) == [
                "⠹ [2/5] RUN mak…  2.2s", "    line 3 of the step", "    line 4 of the step", "    line 5 of the step",
                "    line 6 of the step", "    line 7 of the step",
            ])
        #expect(lines.dropFirst().allSatisfy { $0.style == .dim })
        #expect(lines.allSatisfy { DisplayWidth.of($0.text) <= 22 })
    }

    @Test("whatever happens, no more rows are drawn than there are", arguments: [1, 2, 3, 7])
    func height(rows: Int) {
        var screen = BuildScreen()
        for number in 1...20 {
            _ = screen.receive(.started(step: "s\(number)", name: "RUN \(number)"), at: 0)
            for _ in 0..<9 { _ = screen.receive(.log(step: "s\(number)", text: "text"), at: 0) }
        }
        screen.show("something else", at: 0)
        let lines = screen.live(at: 1, columns: 40, rows: rows)
        #expect(lines.count <= rows)
        #expect(lines.last?.text == "⠋ something else  1.0s")
    }

    @Test("progress is shown below, until a step begins")
    func progress() {
        var screen = BuildScreen()
        _ = screen.receive(.progress("pulling 12 of 80 MB"), at: 0)
        #expect(screen.live(at: 0.4, columns: 80, rows: 10).isEmpty)
        #expect(screen.live(at: 0.5, columns: 80, rows: 10).map(\.text) == ["⠴ pulling 12 of 80 MB  0.5s"])
        // What is shown already is told anew at once.
        _ = screen.receive(.progress("pulling 80 of 80 MB"), at: 0.6)
        #expect(screen.live(at: 0.6, columns: 80, rows: 10).map(\.text) == ["⠦ pulling 80 of 80 MB  0.0s"])
        _ = screen.receive(.started(step: "1/1", name: "RUN x"), at: 1)
        #expect(screen.live(at: 1, columns: 80, rows: 10).map(\.text) == ["⠋ [1/1] RUN x  0.0s"])
    }

    @Test("a step that prints without end keeps its last megabyte")
    func endless() throws {
        var screen = BuildScreen()
        _ = screen.receive(.started(step: "1/1", name: "RUN yes"), at: 0)
        let text = String(repeating: "y", count: 1000)
        for number in 0..<3000 { _ = screen.receive(.log(step: "1/1", text: "\(number) \(text)"), at: 0) }
        let lines = screen.receive(.failed(step: "1/1", message: "no"), at: 1).map(\.text)
        #expect(lines.reduce(0) { $0 + $1.utf8.count } < 1_200_000)
        #expect(lines.count > 500)
        #expect(try #require(lines.dropFirst().first).contains("lines before these are left out"))
        #expect(try #require(lines.last).contains("2999 yyy"))
    }

    @Test("steps that were never begun, and the same step twice, do no harm")
    func disorder() {
        var screen = BuildScreen()
        #expect(screen.receive(.finished(step: "x"), at: 0) == [])
        #expect(screen.receive(.cached(step: "x"), at: 0).map { $0.cut(to: 20) } == ["✓ x  cached"])
        #expect(screen.receive(.failed(step: "x", message: "gone\nwrong"), at: 0).count == 1)
        _ = screen.receive(.started(step: "y", name: "a"), at: 0)
        _ = screen.receive(.started(step: "y", name: "b"), at: 0)
        #expect(screen.live(at: 0, columns: 80, rows: 10).count == 1)
    }

    @Test("a terminal that has become narrower has broken the lines into more rows")
    func erasing() {
        #expect(BuildView.erasing([], columns: 80) == "")
        #expect(BuildView.erasing([10], columns: 80) == "\r\u{1B}[J")
        #expect(BuildView.erasing([80, 10, 0], columns: 80) == "\r\u{1B}[2A\u{1B}[J")
        #expect(BuildView.erasing([80, 10], columns: 40) == "\r\u{1B}[2A\u{1B}[J")
    }

    @Test(
        "widths are counted in columns",
        arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("✓ ok", 4), ("🚀", 2), ("", 0)])
    func widths(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
        #expect(DisplayWidth.cut(text, to: columns) == text)
        if columns > 0 { #expect(DisplayWidth.of(DisplayWidth.cut(text, to: columns - 1)) <= columns - 1) }
    }

    @Test("for programs every event is a line of JSON, whatever is in it")
    func json() {
        #expect(
            BuildJSON(.log(step: nil, text: "a\n\u{1B}[0m\"")).line == #"{"event":"log","text":"a\n\u001b[0m\""}"#)
        #expect(
            BuildJSON(.ended(image: "base", id: "sha256:1", built: true)).line
                == #"{"built":true,"event":"ended","id":"sha256:1","image":"base"}"#)
    }
}

@Suite("Values of image commands") struct ImageValueTests {
    @Test("filters of prune")
    func filters() throws {
        #expect(try PruneFilter(argument: "until=24h") == .age(86400))
        #expect(try PruneFilter(argument: "until=7d") == .age(7 * 86400))
        #expect(try PruneFilter(argument: "until=2026-11-21T10:00:00Z") == .time(1_795_255_200))
        #expect(try PruneFilter(argument: "until=2026-11-21T12:00:00+02:00") == .time(1_795_255_200))
        #expect(try PruneFilter(argument: "name=base*") == .name("base*"))
        for text in ["label=x", "until", "until=", "until=yesterday", "until=-1h", "name=", "", "=x"] {
            #expect(throws: ValueError.self, "\(text)") { try PruneFilter(argument: text) }
        }
    }

    @Test(
        "bytes in the largest unit that fits",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12.3 kB"), (171_000_000, "171 MB"),
            (5_400_000_000, "5.4 GB"), (-5, "0 B"),
        ] as [(Int64, String)])
    func bytes(count: Int64, text: String) {
        #expect(ByteCount.text(count) == text)
    }
}

import TaskModel
import Testing

@testable import Supervision

@Suite("Whether an agent waits") struct WaitingTests {
    @Test(
        "an agent's report is one of two words, and perhaps a reason; all else says nothing",
        arguments: [
            ("busy\n", "busy"), ("busy with something", "busy"), ("waiting\n", "input"), ("waiting \n", "input"),
            ("waiting permission_prompt\n", "permission_prompt"), ("waiting for a while\nand more\n", "for a while"),
            ("", nil), ("\n", nil), ("\nwaiting\n", nil), ("waitingforever\n", nil), ("Busy", nil), ("wait", nil),
            ("waiting \u{1B}[2J\u{7}", "\\u{1B}[2J\\u{7}"), ("waiting \u{202E}txt", "\\u{202E}txt"),
        ] as [(String, String?)])
    func report(content: String, expected: String?) {
        let report = WaitingWatch.report(Array(content.utf8))
        #expect(report.flatMap { $0.isWaiting ? $0.reason : "busy" } == expected)
        #expect(report?.isWaiting != false || report?.reason == nil)
    }

    @Test("a report that is no text or too long is bounded")
    func hostile() {
        #expect(WaitingWatch.report([0xFF, 0xFE, 0x00]) == nil)
        #expect(WaitingWatch.report(Array("waiting \u{FF}".utf8) + [0xC3])?.reason?.isEmpty == false)
        #expect(
            WaitingWatch.report(Array(("waiting " + String(repeating: "x", count: 4000)).utf8))?.reason?.count == 201)
        #expect(WaitingWatch.report(Array(("waiting " + String(repeating: "x", count: 4100)).utf8)) == nil)
    }

    @Test("only what changes is told, and what cannot be read changes nothing")
    func changes() {
        var watch = WaitingWatch(.reported)
        let steps: [(content: String?, isTold: Bool, reason: String?)] = [
            (nil, false, nil), ("busy", false, nil), ("waiting", true, "input"), ("waiting", false, "input"),
            (nil, false, "input"), ("", false, "input"), ("nonsense", false, "input"), ("waiting stop", true, "stop"),
            ("busy", true, nil),
        ]
        for step in steps {
            let isTold = watch.look(at: .report(step.content.map { Array($0.utf8) }))
            #expect(isTold == step.isTold && watch.reason == step.reason, "\(step)")
        }
        let isMoved = watch.look(at: .stillness(seconds: 1e9))
        #expect(!isMoved && watch.reason == nil)
    }

    @Test("a still terminal is a sign as well, where it is the sign")
    func stillness() {
        var watch = WaitingWatch(.quiet(seconds: 30))
        for (seconds, isTold, reason) in [
            (29, false, nil), (30, true, "quiet for 30 s"), (3000, false, "quiet for 30 s"), (0.1, true, nil),
        ] as [(Double, Bool, String?)] {
            let wasTold = watch.look(at: .stillness(seconds: seconds))
            #expect(wasTold == isTold && watch.reason == reason, "\(seconds)")
        }
        let isTold = watch.look(at: .report(Array("waiting".utf8)))
        #expect(!isTold)
    }

    @Test("a successor goes on from what is on record")
    func recovered() {
        var watch = WaitingWatch(.reported, reason: "stop")
        let isNew = watch.look(at: .report(Array("waiting stop".utf8)))
        let isOver = watch.look(at: .report(Array("busy".utf8)))
        #expect(!isNew && isOver)
    }
}

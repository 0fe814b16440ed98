import Foundation
import System
import TaskModel
import Testing

@testable import TaskStore

@Suite("A task's files") struct FileTests {
    @Test(
        "a damaged file is named, with what is wrong in it",
        arguments: [
            ("", "'"), ("{", "'"), ("[]", "wrong type"), (#"{"version":1}"#, "is missing"),
            (#"{"version":1,"id":"../x"}"#, "'"),
        ])
    func damaged(text: String, reason: String) throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        try Files.replace(directory.state, with: Array(text.utf8))
        let error = #expect(throws: TaskError.self) { try directory.readRecord() }
        #expect(error?.message.hasPrefix("cannot read '\(directory.state)': ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
        let short = #expect(throws: TaskError.self) { try directory.readOutline() }
        #expect(short?.message.hasPrefix("cannot read '\(directory.state)': ") == true, "\(short?.message ?? "")")
    }

    @Test("a file that is gone is named")
    func gone() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        try Files.remove(directory.inputs)
        let error = #expect(throws: TaskError.self) { try directory.readInputs() }
        #expect(error?.message == "cannot open '\(directory.inputs)': no such file or directory")
    }

    @Test("a newer version is refused, with what to do")
    func newer() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        var record = try directory.readRecord()
        record.version = TaskRecord.currentVersion + 1
        try directory.write(record)
        let words = "has version 2, and this program reads up to 1\n  next: install a newer task"
        let error = #expect(throws: TaskError.self) { try directory.readRecord() }
        #expect(error?.description == "'\(directory.state)' \(words)")
        let short = #expect(throws: TaskError.self) { try directory.readOutline() }
        #expect(short?.description == error?.description)
        let inputs = String(decoding: try Files.read(directory.inputs), as: UTF8.self)
        try Files.replace(
            directory.inputs, with: Array(inputs.replacing("\"version\" : 1", with: "\"version\" : 2").utf8))
        let project = #expect(throws: TaskError.self) { try directory.readProject() }
        #expect(project?.description == "'\(directory.inputs)' \(words)")
    }

    @Test("the log goes on counting where it ended")
    func counting() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        var log = try EventLog(directory)
        try log.append(.started)
        var second = try EventLog(directory)
        try second.append(.ended, ["exitCode": 3])
        var reader = EventReader(directory)
        let events = try reader.next()
        #expect(events.map(\.sequence) == [1, 2, 3])
        #expect(events.last?.data == ["exitCode": .number(3)])
        #expect(try reader.next() == [])
        try second.append(.recovered)
        #expect(try reader.next().map(\.sequence) == [4])
    }

    @Test("half a line that a crash left is cut off, wherever it was torn")
    func torn() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        let whole = try Files.read(directory.events)
        let line = Array(#"{"data":{},"event":"started","sequence":2,"time":"2027-01-15T08:00:00Z"}"#.utf8)
        for cut in 1...line.count {
            try Files.replace(directory.events, with: whole + line.prefix(cut))
            var reader = EventReader(directory)
            #expect(try reader.next().count == 1, "a reader takes whole lines only")
            var log = try EventLog(directory)
            try log.append(.ended)
            var again = EventReader(directory)
            #expect(try again.next().map(\.sequence) == [1, 2])
            #expect(try Files.read(directory.events).starts(with: whole))
        }
    }

    @Test("a long log goes on counting too, and a torn end of any length is cut off")
    func long() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        var log = try EventLog(directory)
        let filler = String(repeating: "x", count: 60_000)
        for _ in 1...6 { try log.append(.input, ["text": .text(filler)]) }
        let size = try #require(Files.size(directory.events))
        let file = try Descriptor.open(directory.events, O_WRONLY | O_APPEND)
        try file.write(Array(repeating: UInt8(ascii: "y"), count: 50_000))
        var next = try EventLog(directory)
        #expect(Files.size(directory.events) == size)
        try next.append(.ended)
        var reader = EventReader(directory)
        #expect(try reader.next().map(\.sequence) == Array(1...8))
    }

    @Test("an event that is too long is refused, and the log stays whole")
    func tooLong() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        var log = try EventLog(directory)
        #expect(throws: TaskError.self) {
            try log.append(.input, ["text": .text(String(repeating: "x", count: 70_000))])
        }
        try log.append(.ended)
        var reader = EventReader(directory)
        #expect(try reader.next().map(\.sequence) == [1, 2])
    }

    @Test("lines that are no events are passed over, and events of newer programs are not")
    func strangers() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        let file = try Descriptor.open(directory.events, O_WRONLY | O_APPEND)
        let new = #"{"data":{"x":true},"event":"teleported","sequence":2,"time":"2027-01-15T08:00:00Z","more":[1]}"#
        try file.write(Array("nonsense\n\(new)\n\n".utf8))
        var reader = EventReader(directory)
        #expect(try reader.next().map(\.event.rawValue) == ["created", "teleported"])
    }
}

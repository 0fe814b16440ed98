import FoundationEssentials
import Glibc
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("Messages between commands and supervisors") struct ControlMessageTests {
    private func pair() throws -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    @Test("a request arrives as it was sent")
    func request() throws {
        let (here, there) = try pair()
        var request = ControlRequest(.send)
        request.text = "line\n\"quoted\" \u{0} ü 🙂"
        request.pressEnter = false
        request.columns = 65535
        request.rows = 1
        request.graceSeconds = 10
        request.terminal = "xterm"
        try ControlLine.send(request, over: here)
        #expect(try ControlLine.receive(ControlRequest.self, from: there).0 == request)
    }

    @Test("a reply brings its descriptor along")
    func descriptor() throws {
        let (here, there) = try pair()
        let pipe = try Descriptor.pipe()
        try ControlLine.send(ControlReply(), descriptors: [pipe.write], over: here)
        let (reply, descriptors) = try ControlLine.receive(ControlReply.self, from: there)
        #expect(reply.error == nil)
        try #require(descriptors.first).write(Array("through".utf8))
        #expect(try pipe.read.read(atMost: 100) == Array("through".utf8))
    }

    @Test(
        "an error arrives with its kind and its next command",
        arguments: [
            TaskError("what 'x' is", next: "task list"), TaskError(.noSandbox, "none"),
        ])
    func error(error: TaskError) throws {
        let (here, there) = try pair()
        try ControlLine.send(ControlReply(error), over: here)
        #expect(try ControlLine.receive(ControlReply.self, from: there).0.error == error)
    }

    @Test(
        "a start's failure arrives with its kind",
        arguments: [
            TaskError("a", next: "b"), TaskError(.noSandbox, "c"), TaskError(.usage, "d"),
        ])
    func startReport(error: TaskError) throws {
        let bytes = try JSONEncoder().encode(StartReport.failure(error))
        #expect(try JSONDecoder().decode(StartReport.self, from: bytes).error == error)
        #expect(StartReport.started.error == nil && StartReport.progress("x").error == nil)
    }

    @Test("the fields of a newer program are passed over")
    func newer() throws {
        let (here, there) = try pair()
        try UnixSocket.send(Array(#"{"verb":"stop","graceSeconds":3,"mood":"good"}"#.utf8 + [10]), over: here)
        let request = try ControlLine.receive(ControlRequest.self, from: there).0
        #expect(request.verb == .stop && request.graceSeconds == 3)
    }

    @Test(
        "what is no message is refused", arguments: ["\n", "{}\n", "[]\n", #"{"verb":"explode"}"# + "\n", "nonsense\n"])
    func malformed(text: String) throws {
        let (here, there) = try pair()
        try UnixSocket.send(Array(text.utf8), over: here)
        let error = #expect(throws: TaskError.self) { try ControlLine.receive(ControlRequest.self, from: there) }
        #expect(error?.message.hasPrefix("the supervisor speaks another version") == true)
    }

    @Test("a connection that ends in the middle is an error")
    func brokenOff() throws {
        let (here, there) = try pair()
        try UnixSocket.send(Array(#"{"verb""#.utf8), over: here)
        shutdown(here.number, Int32(SHUT_WR))
        let error = #expect(throws: TaskError.self) { try ControlLine.receive(ControlRequest.self, from: there) }
        #expect(error == ControlLine.brokenOff)
    }

    @Test("a supervisor that ends before it has read the request is not taken for one of another version")
    func reset() throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let here = Descriptor(owning: ends[0])
        try UnixSocket.send([10], over: here)
        // It is closed with something unread (unix(7)).
        close(ends[1])
        let error = #expect(throws: TaskError.self) { try ControlLine.receive(ControlReply.self, from: here) }
        #expect(error == ControlLine.brokenOff)
    }

    @Test("a line without end is not taken in without end")
    func endless() throws {
        let (here, there) = try pair()
        let writer = try WorkerThread(stack: 1 << 20) {
            signal(SIGPIPE, SIG_IGN)
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65536)
            for _ in 0..<64 where (try? UnixSocket.send(piece, over: here)) == nil { return }
        }
        let error = #expect(throws: TaskError.self) { try ControlLine.receive(ControlRequest.self, from: there) }
        #expect(error == ControlLine.brokenOff)
        shutdown(there.number, Int32(SHUT_RDWR))
        writer.finish()
    }
}

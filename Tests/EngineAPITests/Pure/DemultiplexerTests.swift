import Testing

@testable import EngineAPI

@Suite("the two channels in one stream")
struct DemultiplexerTests {
    private func frame(_ channel: UInt8, _ text: String) -> [UInt8] {
        let length = UInt32(text.utf8.count)
        return [channel, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
            + Array(text.utf8)
    }

    private func gathered(_ pieces: [[UInt8]]) throws -> (output: String, error: String, isComplete: Bool) {
        var demultiplexer = Demultiplexer()
        var all: [OutputChunk.Channel: [UInt8]] = [:]
        for piece in pieces {
            for chunk in try demultiplexer.receive(piece) {
                #expect(!chunk.bytes.isEmpty)
                all[chunk.channel, default: []] += chunk.bytes
            }
        }
        return (
            String(decoding: all[.output] ?? [], as: UTF8.self), String(decoding: all[.error] ?? [], as: UTF8.self),
            demultiplexer.isComplete
        )
    }

    @Test("wherever the stream is cut, the text is the same", arguments: 1...40)
    func cuts(size: Int) throws {
        let long = String(repeating: "0123456789", count: 30)
        let bytes = frame(1, "one") + frame(2, "bad") + frame(1, "") + frame(1, long) + frame(2, "worse")
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        let (output, error, isComplete) = try gathered(pieces)
        #expect(output == "one" + long)
        #expect(error == "badworse")
        #expect(isComplete)
    }

    @Test("an end within a header or within a frame is noticed", arguments: [1, 7, 8, 10])
    func cutOff(count: Int) throws {
        #expect(try !gathered([Array(frame(1, "one").prefix(count))]).isComplete)
    }

    @Test("a frame may claim four gigabytes, which cost nothing")
    func hugeClaim() throws {
        var demultiplexer = Demultiplexer()
        #expect(try demultiplexer.receive([1, 0, 0, 0, 255, 255, 255, 255]).isEmpty)
        #expect(try demultiplexer.receive([65]) == [OutputChunk(channel: .output, bytes: [65])])
        #expect(!demultiplexer.isComplete)
    }

    @Test(
        "what is no frame is refused",
        arguments: [[4, 0, 0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0, 0, 1], Array("HTTP/1.1".utf8)])
    func garbage(header: [UInt8]) {
        var demultiplexer = Demultiplexer()
        #expect(throws: Demultiplexer.Failure(header: header)) { try demultiplexer.receive(header) }
    }
}

import GuestProtocol
import Testing

@Suite struct FrameDecoderTests {
    @Test("frames come out alike however the bytes come in", arguments: [1, 2, 3, 5, 7, 64, 100_000])
    func chunks(size: Int) throws {
        let stream = try Samples.guest.flatMap { try $0.encode() }
        var decoder = FrameDecoder()
        var messages: [GuestMessage] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            try decoder.append(stream[start..<min(start + size, stream.count)])
            while let frame = try decoder.next() { messages.append(try GuestMessage(frame)) }
        }
        #expect(messages == Samples.guest)
        #expect(decoder.isAtBoundary)
    }

    @Test("who reads no more than is needed never has bytes of the next frame")
    func needed() throws {
        var stream = try Samples.host.flatMap { try $0.encode() }[...]
        var decoder = FrameDecoder()
        var messages: [HostMessage] = []
        while !stream.isEmpty {
            let needed = decoder.needed
            #expect(needed > 0)
            try decoder.append(stream.prefix(needed))
            stream = stream.dropFirst(needed)
            if let frame = try decoder.next() {
                messages.append(try HostMessage(frame))
                #expect(decoder.isAtBoundary)
            }
        }
        #expect(messages == Samples.host)
    }

    @Test("a truncated frame waits", arguments: Samples.host)
    func truncated(message: HostMessage) throws {
        let bytes = try message.encode()
        for length in 0..<bytes.count {
            var decoder = FrameDecoder()
            try decoder.append(bytes[..<length])
            #expect(try decoder.next() == nil)
            #expect(decoder.isAtBoundary == (length == 0))
        }
    }

    @Test("a length out of bounds is refused at once, and for ever", arguments: [0, 1_048_577, UInt32.max])
    func lengths(length: UInt32) throws {
        var decoder = FrameDecoder()
        try decoder.append(withUnsafeBytes(of: length.bigEndian) { Array($0) })
        #expect(throws: ProtocolError.frameLength(length)) { try decoder.next() }
        #expect(throws: ProtocolError.frameLength(length)) { try decoder.append([0, 0, 0, 1, 135]) }
        #expect(throws: ProtocolError.frameLength(length)) { try decoder.next() }
    }

    @Test("the longest frame passes, and one byte more cannot be made")
    func longest() throws {
        let room = Bounds.frameLength - 1 - 4 - 4 - 1
        var input = HostMessage.Input(request: 1, text: Array(repeating: 7, count: room), pressEnter: false)
        let bytes = try HostMessage.input(input).encode()
        #expect(bytes.count == 4 + Bounds.frameLength)
        var decoder = FrameDecoder()
        try decoder.append(bytes)
        let frame = try #require(try decoder.next())
        #expect(try HostMessage(frame) == .input(input))
        input.text.append(7)
        #expect(throws: ProtocolError.frameLength(UInt32(Bounds.frameLength + 1))) {
            try HostMessage.input(input).encode()
        }
    }

    @Test("no more than two frames are held")
    func overflow() throws {
        var decoder = FrameDecoder()
        let most = 2 * (4 + Bounds.frameLength)
        try decoder.append([UInt8](repeating: 1, count: most))
        #expect(throws: ProtocolError.overflow) { try decoder.append([1]) }
        #expect(throws: ProtocolError.overflow) { try decoder.next() }
    }

    @Test("random bytes end in frames, in an error, or in waiting")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...64, using: &generator)
            var bytes: [UInt8] = [0, 0, 0, UInt8(count + 1), UInt8.random(in: .min ... .max, using: &generator)]
            bytes += (0..<count).map { _ in UInt8.random(in: 0...3, using: &generator) }
            var decoder = FrameDecoder()
            try decoder.append(bytes)
            let frame = try #require(try decoder.next())
            if let message = try? GuestMessage(frame) { #expect(try message.encode() == bytes) }
            if let message = try? HostMessage(frame) { #expect(try message.encode() == bytes) }
        }
    }
}

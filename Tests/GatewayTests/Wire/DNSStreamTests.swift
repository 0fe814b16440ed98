import Testing

@testable import Gateway

@Suite("DNS over a stream") struct DNSStreamTests {
    private let query = Messages.query(name: Messages.name("a.test"))

    @Test("messages come out whole, however they are cut", arguments: 1...40)
    func pieces(size: Int) throws {
        let bytes = (0..<5).flatMap { _ in DNSStream.frame(query) }
        var stream = DNSStream()
        var messages: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let whole = stream.append(Array(bytes[start..<min(start + size, bytes.count)]))
            messages += try #require(whole)
        }
        #expect(messages == [[UInt8]](repeating: query, count: 5))
        #expect(stream.isEmpty)
    }

    @Test("a length that no query has ends the stream", arguments: [0, 1, 11, 4097, 0xffff] as [UInt16])
    func lengths(length: UInt16) {
        var stream = DNSStream()
        let messages = stream.append(Messages.words(length))
        #expect(messages == nil)
    }

    @Test("the longest query is kept until it is whole")
    func longest() {
        let message = query + [UInt8](repeating: 7, count: DNSStream.longest - query.count)
        var stream = DNSStream()
        let before = stream.append(Array(DNSStream.frame(message).dropLast()))
        #expect(before == [])
        let after = stream.append([7])
        #expect(after == [message])
    }
}

// A libFuzzer entry for the name server's parsers, and for those of what it is answered itself. Tests/Fuzz/run builds and
// runs it.

/// What holds for every message: an answer is a response with the id of the query, is no longer than it, and repeats
/// nothing but the question. A violation stops the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    check(input)

    // The first byte says where the stream is cut; the result must not depend on it.
    let bytes = Array(input.dropFirst())
    var whole = DNSStream()
    let expected = whole.append(bytes)
    var cut = DNSStream()
    let middle = min(Int(input.first ?? 0), bytes.count)
    let first = cut.append(Array(bytes[..<middle]))
    let second = first == nil ? nil : cut.append(Array(bytes[middle...]))
    if let expected, let first, let second {
        precondition(expected == first + second)
        precondition(whole.isEmpty == cut.isEmpty)
        expected.forEach(check)
    } else {
        precondition(expected == nil && (first == nil || second == nil))
    }

    // As it is, and as the records of an answer; the first byte says how many there are, and of which type.
    checkResponse(input, type: DNSResponse.typeA)
    let type = (input.first ?? 0) & 1 == 0 ? DNSResponse.typeA : DNSResponse.typeAAAA
    let query = DNSResponse.query(name: "a.test", type: type, id: 7)
    let header: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, (input.first ?? 0) >> 1, 0, 0, 0, 0]
    checkResponse(header + query[12..<query.count - 11] + bytes, type: type)
    return 0
}

/// What holds for every answer: its addresses stand in it, there are not too many, and what follows changes nothing.
private func checkResponse(_ message: [UInt8], type: UInt16) {
    guard let response = DNSResponse(message, id: 7, name: "a.test", type: type) else { return }
    precondition(message.starts(with: [0, 7]) && message.count >= 24)
    precondition(response.addresses.count <= 64 && response.seconds <= 0x7fff_ffff)
    precondition(response.addresses.isEmpty || response.code == .noError && !response.isTruncated)
    for address in response.addresses {
        precondition((24..<message.count).contains { message[$0...].starts(with: address.bytes) })
        precondition(address.isV4 || type == DNSResponse.typeAAAA)
    }
    let longer = DNSResponse(message + [0xc0, 12], id: 7, name: "a.test", type: type)
    precondition(longer?.addresses == response.addresses && longer?.seconds == response.seconds)
}

private func check(_ message: [UInt8]) {
    let answer: [UInt8]
    switch DNSRequest(message) {
    case .ignore:
        precondition(message.count < 12 || message[2] >= 0x80)
        return
    case .answer(let bytes): answer = bytes
    case .lookUp(let question):
        precondition(question.name.utf8.count <= 255)
        precondition(question.name.utf8.allSatisfy { (0x21...0x7e).contains($0) && !(0x41...0x5a).contains($0) })
        answer = question.answer(.noSuchName)
        checkAddress(question)
    }
    precondition(answer.count <= message.count && answer.count <= 271)
    precondition(answer.prefix(2) == message.prefix(2))
    precondition(answer[2] & 0x80 != 0)
    precondition(answer.dropFirst(12).elementsEqual(message[12..<answer.count]))
}

/// What the gateway answers for a host's name is understood by its own reader of answers.
private func checkAddress(_ question: DNSQuestion) {
    precondition(question.noData.count == question.answer(.noSuchName).count)
    guard let name = question.hostName?.description, question.type == DNSResponse.typeA else { return }
    precondition(name == question.name)
    guard question.header.operation == 0, question.header.flags & 0x0200 == 0 else { return }
    let answer = question.answer(address: 0xc612_0304, seconds: 60)
    let response = DNSResponse(answer, id: question.header.id, name: name, type: DNSResponse.typeA)
    precondition(response?.addresses.map(\.bytes) == [[198, 18, 3, 4]] && response?.seconds == 60)
}

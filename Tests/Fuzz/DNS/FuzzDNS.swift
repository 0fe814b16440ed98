// A libFuzzer entry for the name server's parsers. Outside the package, since SwiftPM cannot link libFuzzer:
//
//   swiftc -O -sanitize=fuzzer,address -parse-as-library -o fuzz-dns \
//       Sources/Gateway/DNS*.swift Tests/Fuzz/DNS/FuzzDNS.swift
//   ./fuzz-dns -max_len=700 -max_total_time=600

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
    return 0
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
    }
    precondition(answer.count <= message.count && answer.count <= 271)
    precondition(answer.prefix(2) == message.prefix(2))
    precondition(answer[2] & 0x80 != 0)
    precondition(answer.dropFirst(12).elementsEqual(message[12..<answer.count]))
}

// A libFuzzer entry for the reader of ClientHellos. Tests/Fuzz/run builds and runs it.

/// What holds for every stream: how it is cut, and into which records the message is, does not change what the reader
/// says; it keeps every byte; a name is printable and stands in the message; and an outcome stays. A violation stops the
/// fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    // The first byte says how long pieces and records are.
    let size = 1 + Int(input.first ?? 0)
    let bytes = Array(input.dropFirst())
    check(bytes, size)

    // The same bytes as the body of a hello, in one record or in many.
    let message = [1, 0, UInt8(bytes.count >> 8 & 0xff), UInt8(bytes.count & 0xff)] + bytes
    let one = check(records(message, 1 << 14), size)
    precondition(one == check(records(message, size), 1))
    if case .hello = one { return 0 }
    guard case .malformed = one else { preconditionFailure("a whole message is judged") }
    return 0
}

@discardableResult
private func check(_ bytes: [UInt8], _ size: Int) -> ClientHelloReader.Step {
    var whole = ClientHelloReader()
    let step = whole.append(bytes)
    precondition(whole.bytes == bytes)
    for length in [1, size] {
        var reader = ClientHelloReader()
        var last = ClientHelloReader.Step.incomplete
        for start in stride(from: 0, to: bytes.count, by: length) {
            let next = reader.append(Array(bytes[start..<min(start + length, bytes.count)]))
            precondition(last == .incomplete || last == next)
            last = next
        }
        precondition(last == step && reader.bytes == bytes)
    }
    if case .hello(let name?) = step {
        precondition(!name.isEmpty && name.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        precondition(whole.append([0xff]) == step)
    }
    return step
}

private func records(_ message: [UInt8], _ size: Int) -> [UInt8] {
    stride(from: 0, to: message.count, by: size).flatMap { start in
        let part = message[start..<min(start + size, message.count)]
        return [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 0xff)] + part
    }
}

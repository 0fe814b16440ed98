// A libFuzzer entry for the guard of plain HTTP. Tests/Fuzz/run builds and runs it.

/// What holds for every stream: how it is cut does not change what the guard says; what it forwards is the beginning of
/// what came; and a plain reader of the RFC finds no request in it for another host. A violation stops the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    // The first byte says how long the pieces are.
    let size = 1 + Int(input.first ?? 0)
    let bytes = Array(input.dropFirst())

    let byByte = Outcome(bytes.map { [$0] })
    precondition(bytes.starts(with: byByte.forwarded))
    precondition(byByte.refusal != nil || byByte.isBetweenRequests || !bytes.isEmpty)
    let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    for outcome in [Outcome([bytes]), Outcome(pieces)] {
        precondition(outcome.refusal == byByte.refusal)
        precondition(outcome.isBetweenRequests == byByte.isBetweenRequests)
        precondition(byByte.forwarded.starts(with: outcome.forwarded))
        precondition(outcome.refusal != nil || outcome.forwarded == byByte.forwarded)
    }

    guard let heads = HTTPOracle.heads(byByte.forwarded) else { preconditionFailure("what is sent on has no frames") }
    for head in heads {
        precondition(HTTPOracle.hosts(head) == ["allowed.test"])
        let line = head.prefix { $0 != "\r\n" }.split(separator: " ", omittingEmptySubsequences: false)
        precondition(line.count == 3 && (line[1].hasPrefix("/") || line[0] == "OPTIONS" && line[1] == "*"))
        precondition(line[2] == "HTTP/1.1" || line[2] == "HTTP/1.0")
        precondition(!head.lowercased().contains("\nupgrade"))
    }
    return 0
}

private struct Outcome {
    var forwarded: [UInt8] = []
    var refusal: HTTPRefusal?
    var isBetweenRequests = true

    init(_ pieces: [[UInt8]]) {
        var watch = HTTPGuard(host: "allowed.test", port: 80)
        for piece in pieces {
            switch watch.take(piece) {
            case .forward(let bytes):
                precondition(refusal == nil)
                forwarded += bytes
            case .refuse(let new):
                precondition(refusal == nil || refusal == new)
                refusal = new
            }
        }
        isBetweenRequests = watch.isBetweenRequests
    }
}

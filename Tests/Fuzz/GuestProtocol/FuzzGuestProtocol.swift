/// Feeds bytes of the fuzzer's choice to the decoder, in pieces of its choice, and every frame to both directions.
/// What decodes must encode to the very bytes it came from; the process traps otherwise.
///
/// Compiled together with the module's own files, see `make fuzz-guest-protocol`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzGuestProtocol(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count > 0 else { return 0 }
    let step = Int(start[0]) + 1
    var rest = UnsafeBufferPointer(start: start + 1, count: count - 1)[...]
    var decoder = FrameDecoder()
    do throws(ProtocolError) {
        while !rest.isEmpty {
            try decoder.append(rest.prefix(step))
            rest = rest.dropFirst(step)
            while let frame = try decoder.next() {
                check(frame)
            }
            precondition(decoder.needed > 0)
        }
    } catch {
        let again = Result { () throws(ProtocolError) in try decoder.next() }
        precondition(again == .failure(error))
    }
    return 0
}

private func check(_ frame: Frame) {
    let wire = Result { () throws(ProtocolError) in try frame.encode() }
    let guest = Result { () throws(ProtocolError) in try GuestMessage(frame).encode() }
    let host = Result { () throws(ProtocolError) in try HostMessage(frame).encode() }
    if case .success = guest { precondition(guest == wire) }
    if case .success = host { precondition(host == wire) }
}

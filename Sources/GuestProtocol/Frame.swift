/// One message as it travels: a type and the bytes of its fields.
public struct Frame: Equatable, Sendable {
    /// Which message this is; the two directions have disjoint numbers.
    public var type: UInt8
    /// The encoded fields.
    public var payload: [UInt8]

    /// A frame from its parts.
    public init(type: UInt8, payload: [UInt8]) {
        self.type = type
        self.payload = payload
    }

    /// The frame on the wire: length (4 bytes, big-endian, of what follows it), type, payload.
    ///
    /// Throws `frameLength` if the payload is too long to be sent.
    func encode() throws(ProtocolError) -> [UInt8] {
        guard payload.count < Bounds.frameLength else {
            throw .frameLength(UInt32(clamping: payload.count + 1))
        }
        var writer = ByteWriter()
        writer.append(UInt32(payload.count + 1))
        writer.append(type)
        return writer.bytes + payload
    }
}

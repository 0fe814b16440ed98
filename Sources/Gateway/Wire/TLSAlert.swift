/// What a TLS client is told before there is a connection that could be encrypted.
enum TLSAlert {
    /// A record with the fatal alert `access_denied` (RFC 8446, 5.1 and 6.2).
    static let accessDenied: [UInt8] = [21, 3, 1, 0, 2, 2, 49]
}

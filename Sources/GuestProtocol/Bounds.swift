/// What both sides hold each other to. A message beyond any of these is an error, never a truncation.
public enum Bounds {
    /// The version of the wire format, sent in `hello`. Any change to a message's layout or meaning raises it.
    public static let protocolVersion: UInt16 = 2

    /// Bytes in a frame after its length field: one type byte and the payload.
    public static let frameLength = 1 << 20

    /// Listening sockets that are open at a time, and so in one `hello`. The kernel passes at most 253 descriptors at once (SCM_MAX_FD, unix(7)).
    public static let listeners = 250

    /// Arguments of one program, and separately its environment entries.
    public static let words = 16_384

    /// Bytes in a path (PATH_MAX without its NUL, limits.h).
    public static let pathLength = 4095

    /// Bytes in a version, a cgroup value or a terminal name.
    public static let nameLength = 64

    /// Bytes in the reason of a failure.
    public static let reasonLength = 1024

    /// Columns and rows of a terminal (WINDOW_MAXIMUM of tmux).
    public static let terminalSize: ClosedRange<UInt16> = 1...10_000

    /// Signal numbers (signal(7), with the real-time ones).
    public static let signals: ClosedRange<UInt8> = 1...64
}

import Glibc
import GuestProtocol

/// Why something could not be done, in words for the user.
struct GuestError: Error {
    let reason: String
    var exitCode: Int32 = 1

    init(_ reason: String, exitCode: Int32 = 1) {
        self.reason = printable(Array(reason.utf8), atMost: 512)
        self.exitCode = exitCode
    }

    /// A failed call: what was attempted, and errno in words.
    static func system(_ attempt: String, code: Int32 = errno) -> GuestError {
        GuestError("\(attempt): \(String(cString: strerror(code)))")
    }
}

/// Bytes of anybody's making as text that may be shown: ASCII stays, everything else becomes `?`.
func printable(_ bytes: [UInt8], atMost limit: Int) -> String {
    let shown = bytes.prefix(limit).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: shown, as: UTF8.self)
}

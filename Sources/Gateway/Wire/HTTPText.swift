import NetworkPolicy

/// The characters of HTTP/1 (RFC 9110, 5.6; RFC 9112, 2.2).
enum HTTPText {
    static let cr: UInt8 = 13
    static let lf: UInt8 = 10
    static let tab: UInt8 = 9
    static let space: UInt8 = 32
    static let lineEnd = [cr, lf]

    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    static func hexadecimal(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// A number of at most 18 decimal digits, which always fits; no sign, no space, no zero in front.
    static func decimal(_ text: ArraySlice<UInt8>) -> UInt64? {
        let isNumber = text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...18).contains(text.count), isNumber, text.count == 1 || text.first != UInt8(ascii: "0") else {
            return nil
        }
        return text.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
    }

    /// Without the blanks at both ends.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

/// A refusal as an error.
struct HTTPFault: Error {
    let refusal: HTTPRefusal

    static func otherHost(_ detail: StaticString) -> HTTPFault {
        HTTPFault(refusal: HTTPRefusal(reason: .otherHost, detail: detail))
    }

    static func otherProtocol(_ detail: StaticString) -> HTTPFault {
        HTTPFault(refusal: HTTPRefusal(reason: .otherProtocol, detail: detail))
    }
}

/// The name of an object: 40 hexadecimal digits (SHA-1) or 64 (SHA-256).
enum ObjectID {
    /// True for a full name in lower case, of the given format or of either.
    static func isValid(_ text: some StringProtocol, format: String? = nil) -> Bool {
        let lengths = format.map { [$0 == "sha1" ? 40 : 64] } ?? [40, 64]
        return lengths.contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

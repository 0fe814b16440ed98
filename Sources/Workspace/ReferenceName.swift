import System

/// Names of branches that come from somewhere else.
enum ReferenceName {
    /// True for a name below `refs/heads/` that git accepts (git-check-ref-format(1)), that no program takes for an
    /// option, that can be printed, and that is at most 200 bytes long.
    static func isValid(_ name: String) -> Bool {
        (1...200).contains(name.utf8.count) && name != "@" && !name.contains("..") && !name.contains("@{")
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isValidPart)
            && name.unicodeScalars.allSatisfy { !forbidden.contains($0) } && PlainText.line(name) == name
            && !name.unicodeScalars.contains("\u{FFFD}")
    }

    private static func isValidPart(_ part: Substring) -> Bool {
        !part.isEmpty && !part.hasPrefix(".") && !part.hasPrefix("-") && !part.hasSuffix(".")
            && !part.hasSuffix(".lock")
    }

    private static let forbidden = Set(" ~^:?*[\\\u{7F}".unicodeScalars)
}

import System

extension Containerfile {
    /// An instruction that reaches the network by another way than a step's own program, or asks for another network
    /// than the build's: whatever the steps may reach, this is not held to it.
    public struct Detour: Equatable, Sendable {
        /// The line that it begins at, from 1.
        public let line: Int
        /// What it is, for people: `ADD https://example.com/x /x`.
        public let text: String
    }

    /// What of some instructions is one.
    static func detours(_ instructions: [ContainerfileInstruction], escape: Character) -> [Detour] {
        instructions.compactMap { instruction in
            guard isDetour(instruction.keyword, instruction.rest, escape: escape) else { return nil }
            let text = PlainText.line("\(instruction.keyword) \(instruction.rest)", limit: 100)
            return Detour(line: instruction.line, text: text)
        }
    }

    /// True for an instruction that a base image has its builds run (`ONBUILD`) and that is one.
    public static func isDetour(trigger: String) -> Bool {
        let text = Substring(trigger).trimmed
        let keyword = text.prefix { $0 != " " && $0 != "\t" }
        return isDetour(keyword.uppercased(), String(text.dropFirst(keyword.count)), escape: "\\")
    }

    /// `ADD` fetches by itself, and engines do that where they are; a `RUN` can name a network of its own. What a variable
    /// stands for is not looked at, nor which words an engine makes of quotes, escapes and its own idea of a space: what
    /// could be a detour is one. Bytes are compared, for what follows a slash can be one character with it.
    private static func isDetour(_ keyword: String, _ rest: String, escape: Character) -> Bool {
        let removed = Array("\"'\\\(escape)".utf8)
        let plain = rest.utf8.filter { !removed.contains($0) }
        func has(_ word: StaticString) -> Bool { word.withUTF8Buffer { plain.contains($0) } }
        switch keyword {
        case "ADD":
            // An array's words are JSON, where a character can be written by its number.
            return has("$") || has("://") || has("git@") || rest.utf8.contains(Array("\\u".utf8))
        case "RUN":
            let start = plain.prefix { !isWord($0) }
            guard start.contains(Array("--".utf8)) else { return false }
            // Said once more, the later word would count.
            let harmless = ["--network=none ", "--network=default "].first { plain.starts(with: $0.utf8) }
            let others = plain.dropFirst(harmless?.utf8.count ?? 0)
            return others.contains(Array("--network".utf8)) || has("--security")
        default: return false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

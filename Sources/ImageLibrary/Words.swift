import JSONText

/// The words of definitions. None may be taken for an option, move a terminal's cursor, or lead anywhere else.
enum Word {
    /// `^[a-z0-9][a-z0-9-]{0,39}$`: a definition, an agent, a cache, a policy.
    static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// `^[A-Za-z_][A-Za-z0-9_]{0,127}$`.
    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// `^[a-z_][a-z0-9_-]{0,31}$`, as useradd(8) has it.
    static func isUser(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLower(first) || first == UInt8(ascii: "_") else { return false }
        return text.utf8.count <= 32
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// The letters of a reference to an image: `registry:5000/a/b:tag@sha256:…`.
    static func isReference(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLower(first) || isUpper(first) || isDigit(first) else { return false }
        return text.utf8.count <= 512
            && text.utf8.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || "._-/:@+".utf8.contains($0) }
    }

    /// A letter, digit, or one of `+ - . : ~ =` and `_`, as the names of packages are.
    static func isPackage(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLower(first) || isUpper(first) || isDigit(first) else { return false }
        return text.utf8.count <= 128
            && text.utf8.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || "+-.:~=_".utf8.contains($0) }
    }

    /// A relative path of plain components: not empty, no `.`, no `..`, no doubled slash.
    static func isRelativePath(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1024 && !text.contains("\\") && isPrintable(text)
            && text.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.first != UInt8(ascii: "-") }
    }

    /// An absolute path of plain components, which engines can mount.
    static func isAbsolutePath(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "/") && isRelativePath(String(text.dropFirst()))
            && !text.contains { $0 == "," || $0 == ":" || $0 == "\"" }
    }

    /// Nothing that moves a cursor or hides text.
    static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .surrogate, .lineSeparator, .paragraphSeparator: false
            // Those that reorder what stands beside them; the joiners of scripts and emoji are harmless.
            case .format: !(0x202a...0x202e).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
            default: true
            }
        }
    }

    /// True where a variable's name says that its value is a secret.
    static func soundsSecret(_ name: String) -> Bool {
        let marks = [
            "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY",
        ]
        let upper = name.uppercased()
        return marks.contains { mark in
            upper.utf8.count >= mark.utf8.count
                && upper.utf8.indices.contains { upper.utf8[$0...].starts(with: mark.utf8) }
        }
    }

    /// True where a URL in the text has a password, or a name that can only be one.
    static func hasCredentials(_ text: String) -> Bool {
        var rest = Substring(text)
        while let colon = rest.firstIndex(of: ":") {
            let scheme = rest[..<colon].split { !$0.isLetter }.last.map { $0.lowercased() } ?? ""
            rest = rest[rest.index(after: colon)...]
            guard rest.hasPrefix("//") else { continue }
            let authority = rest.dropFirst(2).prefix { !$0.isWhitespace && $0 != "/" && $0 != "?" && $0 != "#" }
            guard let sign = authority.lastIndex(of: "@") else { continue }
            if authority[..<sign].contains(":") || scheme == "http" || scheme == "https" { return true }
        }
        return false
    }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

/// Reading a value as one of those words. Each names the value in its error.
extension JSONValue {
    /// A string that passes a test.
    func word(_ name: String, _ form: String, where isRight: (String) -> Bool) throws(JSONError) -> String {
        let text = try string(name)
        guard isRight(text) else { throw JSONError("\(name) \(JSONText.excerpt(text)) is not \(form)", at: position) }
        return text
    }

    /// A name.
    func name(_ name: String) throws(JSONError) -> String {
        try word(name, "a name (at most 40 lower-case letters, digits and '-')", where: Word.isName)
    }

    /// A variable's name.
    func variable(_ name: String) throws(JSONError) -> String {
        try word(name, "the name of a variable", where: Word.isVariable)
    }

    /// A reference to an image.
    func reference(_ name: String) throws(JSONError) -> String {
        try word(name, "the reference of an image", where: Word.isReference)
    }

    /// A line of text.
    func line(_ name: String) throws(JSONError) -> String {
        try word(name, "a line of at most 4096 bytes without control characters") {
            $0.utf8.count <= 4096 && Word.isPrintable($0)
        }
    }

    /// Text that a program reads: lines and tabs, no other control character.
    func script(_ name: String) throws(JSONError) -> String {
        try word(name, "text of at most 65536 bytes without control characters") {
            $0.utf8.count <= 65536 && Word.isPrintable($0.filter { $0 != "\n" && $0 != "\t" && $0 != "\r\n" })
        }
    }

    /// An array of at most `limit` values.
    func list<Value>(
        _ name: String, limit: Int = 256, _ read: (JSONValue) throws(JSONError) -> Value
    ) throws(JSONError) -> [Value] {
        let values = try array(name)
        guard values.count <= limit else { throw JSONError("more than \(limit) values in \(name)", at: position) }
        var result: [Value] = []
        for value in values { result.append(try read(value)) }
        return result
    }

    /// The members of an object whose keys are free.
    func members(_ name: String, limit: Int = 256) throws(JSONError) -> [JSONMember] {
        guard let keys else { return try object(name, keys: []).members }
        guard keys.count <= limit else { throw JSONError("more than \(limit) keys in \(name)", at: position) }
        return try object(name, keys: keys).members
    }

    /// Program and arguments; the program is no option.
    func command(_ name: String) throws(JSONError) -> [String] {
        let words = try list(name) { value throws(JSONError) in try value.script("a part of \(name)") }
        guard let program = words.first, !program.isEmpty, !program.hasPrefix("-") else {
            throw JSONError("\(name) names no program", at: position)
        }
        return words
    }

    /// Variables and their values.
    func variables(_ name: String) throws(JSONError) -> [String: String] {
        var result: [String: String] = [:]
        for member in try members(name) {
            guard Word.isVariable(member.key) else {
                throw JSONError("\(JSONText.excerpt(member.key)) is not the name of a variable", at: member.position)
            }
            result[member.key] = try member.value.line(JSONText.quoted(member.key))
        }
        return result
    }
}

/// Words of an instruction, as the Dockerfile reference defines them: quotes, the escape character, and variables.
enum ContainerfileWords {
    /// Why a word means nothing.
    enum Malformed: Error, Equatable {
        /// A `${` that is not closed, or something in it that is not understood.
        case variable(String)
        /// `${NAME:?message}` where there is no value.
        case required(String)
    }

    /// Values of variables, and those that were asked for in vain.
    struct Scope {
        var values: [String: String]
        var missing: [String] = []
    }

    /// Values in values in values: more than this is no file that a person wrote.
    private static let deepest = 8

    /// The words of a line, with their quotes.
    static func split(_ text: String, escape: Character) -> [Substring] {
        var words: [Substring] = []
        var start: String.Index?
        var quote: Character?
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let isSpace = quote == nil && (character == " " || character == "\t")
            if isSpace, let begin = start {
                words.append(text[begin..<index])
                start = nil
            } else if !isSpace, start == nil {
                start = index
            }
            if character == escape, quote != "'" {
                index = text.index(after: index)
                if index == text.endIndex { break }
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            }
            index = text.index(after: index)
        }
        if let start { words.append(text[start...]) }
        return words
    }

    /// A word without its quotes, variables replaced; one without a value is nothing.
    static func expand(
        _ word: Substring, _ scope: inout Scope, escape: Character, depth: Int = 0
    ) throws(Malformed) -> String {
        if depth > deepest { throw .variable(String(word)) }
        var result = ""
        var quote: Character?
        var index = word.startIndex
        while index < word.endIndex {
            let character = word[index]
            index = word.index(after: index)
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            } else if character == escape, quote != "'", index < word.endIndex {
                result.append(word[index])
                index = word.index(after: index)
            } else if character == "$", quote != "'" {
                result += try variable(word, &index, &scope, escape: escape, depth: depth)
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// What a variable stands for; `index` is behind its `$`, and afterwards behind all of it.
    private static func variable(
        _ word: Substring, _ index: inout String.Index, _ scope: inout Scope, escape: Character, depth: Int
    ) throws(Malformed) -> String {
        let rest = word[index...]
        guard rest.first == "{" else {
            let name = rest.prefix(while: isNameCharacter)
            if name.isEmpty { return "$" }
            index = name.endIndex
            return value(of: name, &scope)
        }
        let name = rest.dropFirst().prefix(while: isNameCharacter)
        guard !name.isEmpty, let end = closing(rest) else { throw .variable(String(rest)) }
        index = rest.index(after: end)
        var modifier = rest[name.endIndex..<end]
        if modifier.isEmpty { return value(of: name, &scope) }
        let known = scope.values[String(name)]
        // With a colon, nothing is as good as no value.
        let isSet = modifier.first == ":" ? !(known ?? "").isEmpty : known != nil
        if modifier.first == ":" { modifier.removeFirst() }
        let alternative = modifier.dropFirst()
        switch modifier.first {
        case "-":
            if isSet { return known ?? "" }
            return try expand(alternative, &scope, escape: escape, depth: depth + 1)
        case "+": return isSet ? try expand(alternative, &scope, escape: escape, depth: depth + 1) : ""
        case "?":
            if isSet { return known ?? "" }
            throw .required(String(name))
        default: throw .variable(String(rest[...end]))
        }
    }

    private static func value(of name: Substring, _ scope: inout Scope) -> String {
        let value = scope.values[String(name)]
        if (value ?? "").isEmpty { scope.missing.append(String(name)) }
        return value ?? ""
    }

    /// Where the bracket that a text begins with is closed.
    private static func closing(_ text: Substring) -> String.Index? {
        var depth = 0
        for index in text.indices {
            if text[index] == "{" { depth += 1 }
            if text[index] == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    /// True for what a variable's name is made of.
    static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}

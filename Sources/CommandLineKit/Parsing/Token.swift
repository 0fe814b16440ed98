/// What a word of the command line is, judged by the options of its command alone.
enum Token {
    /// An option that was declared, with its value as text; a flag has none.
    case option(OptionDeclaration, String?)
    /// An option at the end, or before `next`, which looks like an option itself.
    case missingValue(OptionDeclaration, next: String?)
    /// A flag with a value: `--detach=yes`.
    case surplusValue(OptionDeclaration, String)
    /// Looks like an option and is none; spelt without its value.
    case unknownOption(String)
    case argument(String)
    /// Everything after `--`.
    case rest([String])
}

/// Splits words into tokens. The parser and the completion both read these, so that they never disagree.
struct Tokenizer {
    let options: [OptionDeclaration]

    func tokens(of words: some Collection<String>) -> [Token] {
        var tokens: [Token] = []
        var remaining = Array(words)[...]
        while let word = remaining.popFirst() {
            if word == "--" {
                tokens.append(.rest(Array(remaining)))
                break
            } else if word.hasPrefix("--") {
                tokens.append(long(word, &remaining))
            } else if word.hasPrefix("-"), word != "-" {
                tokens += bundle(word, &remaining)
            } else {
                tokens.append(.argument(word))
            }
        }
        return tokens
    }

    /// `--name VALUE`, `--name=VALUE`, `--detach`.
    private func long(_ word: String, _ remaining: inout ArraySlice<String>) -> Token {
        let spelling = word.prefix { $0 != "=" }
        let attached = word.dropFirst(spelling.count)
        guard let option = options.first(where: { $0.spellings.contains(String(spelling)) }) else {
            return .unknownOption(String(spelling))
        }
        if attached.isEmpty {
            return option.value == nil ? .option(option, nil) : separateValue(of: option, &remaining)
        }
        let text = String(attached.dropFirst())
        return option.value == nil ? .surplusValue(option, text) : .option(option, text)
    }

    /// `-d`, `-df`, `-e VALUE`, `-eVALUE`, `-deVALUE`.
    private func bundle(_ word: String, _ remaining: inout ArraySlice<String>) -> [Token] {
        var tokens: [Token] = []
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                return tokens + [.unknownOption("-\(letter)")]
            }
            if option.value == nil {
                tokens.append(.option(option, nil))
            } else if letters.isEmpty {
                return tokens + [separateValue(of: option, &remaining)]
            } else {
                return tokens + [.option(option, String(letters))]
            }
        }
        return tokens
    }

    /// The next word, unless it looks like an option: a forgotten value must not swallow one.
    private func separateValue(of option: OptionDeclaration, _ remaining: inout ArraySlice<String>) -> Token {
        guard let next = remaining.first, next == "-" || !next.hasPrefix("-") else {
            return .missingValue(option, next: remaining.first)
        }
        remaining.removeFirst()
        return .option(option, next)
    }
}

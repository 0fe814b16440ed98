/// A here-document that an instruction announces: `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`.
struct Heredoc: Equatable, Sendable {
    /// The line that ends it.
    let name: String
    /// True where tabs before each line do not count.
    let stripsTabs: Bool

    /// All that a line announces, in order. Within quotes `<<` is text.
    static func all(in text: String, escape: Character) -> [Heredoc] {
        var result: [Heredoc] = []
        for word in ContainerfileWords.split(text, escape: escape) {
            let start = word.drop { $0.isASCII && $0.isNumber }
            guard start.hasPrefix("<<") else { continue }
            var name = start.dropFirst(2)
            let stripsTabs = name.first == "-"
            if stripsTabs { name.removeFirst() }
            let plain = name.filter { $0 != "\"" && $0 != "'" && $0 != escape }
            // `<<<` gives a shell a string; `<<` before a space is arithmetic or a mistake.
            if plain.isEmpty || plain.contains("<") { continue }
            result.append(Heredoc(name: String(plain), stripsTabs: stripsTabs))
        }
        return result
    }
}

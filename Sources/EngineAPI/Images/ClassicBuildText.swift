/// What the classic builder of Docker and that of Podman write, told apart into steps: both have no other form than
/// text for people. A value without I/O.
struct ClassicBuildText {
    /// The images that steps have made, by their short ids.
    private(set) var made: [String] = []
    private var partial = ""
    private var step: String?
    private var isBase = false
    private var isCached = false
    /// Whether the last step is done and what comes is about the image.
    private var isCommitting = false

    /// The most that is kept of a line whose end has not come.
    private static let limit = 64 << 10

    mutating func receive(_ text: String) -> [BuildProgress] {
        partial += text
        var events: [BuildProgress] = []
        while let end = partial.firstIndex(where: \.isNewline) {
            events += line(String(partial[..<end]))
            partial = String(partial[partial.index(after: end)...])
        }
        if partial.utf8.count > Self.limit { events += flush() }
        return events
    }

    mutating func fail(_ message: String) -> [BuildProgress] {
        let rest = flush()
        guard let failed = step else { return rest }
        step = nil
        return rest + [.failed(step: failed, message: message)]
    }

    mutating func finish() -> [BuildProgress] { flush() + close() }

    private mutating func flush() -> [BuildProgress] {
        defer { partial = "" }
        return partial.isEmpty ? [] : line(partial)
    }

    private mutating func line(_ coloured: String) -> [BuildProgress] {
        let text = Self.plain(coloured)
        if let begun = Self.step(text) {
            let closing = close()
            step = begun.number
            isBase = begun.name.lowercased().hasPrefix("from ")
            return closing + [.started(step: begun.number, name: begun.name)]
        }
        if isLast, Self.isCommit(text) {
            isCommitting = true
            return []
        }
        if let events = remark(text) { return events }
        return text.isEmpty || isChatter(text) ? [] : [.log(step: isCommitting ? nil : step, text: text)]
    }

    /// What a builder says of a step after an arrow: `---> Using cache`, `---> 96920373436e`; nil for all else.
    private mutating func remark(_ text: String) -> [BuildProgress]? {
        let arrow = text.drop { $0 == " " }
        let words = arrow.drop { $0 == "-" }
        guard arrow.hasPrefix("--"), words.hasPrefix("> "), let step else { return nil }
        let said = words.dropFirst(2)
        if !isCached, said.lowercased().hasPrefix("using cache") {
            isCached = true
            return [.cached(step: step)]
        }
        guard Self.isID(said) else { return said.hasPrefix("Running in ") ? [] : nil }
        if !isCached, !isBase { made.append(String(said)) }
        return []
    }

    private mutating func close() -> [BuildProgress] {
        defer {
            step = nil
            isCached = false
            isCommitting = false
        }
        guard let step, !isCached else { return [] }
        return [.finished(step: step)]
    }

    /// Whether the step is the last one of its stage.
    private var isLast: Bool {
        let parts = step?.split(separator: " ").last?.split(separator: "/") ?? []
        return parts.count == 2 && parts[0] == parts[1]
    }

    /// `COMMIT name` of Podman, with `[1/2] ` before it where there are stages.
    private static func isCommit(_ text: String) -> Bool {
        let words = text.split(separator: " ").drop { $0.first == "[" && $0.last == "]" }
        return words.first == "COMMIT" && words.count <= 2
    }

    /// What the builders say of their own doings rather than of the step's.
    private func isChatter(_ text: String) -> Bool {
        let words = text.split(separator: " ")
        if words.count == 4, words[0] == "Removing", words[1] == "intermediate" { return Self.isID(words[3]) }
        if words.count == 3, words[0] == "Successfully" {
            return words[1] == "built" && Self.isID(words[2]) || isLast && words[1] == "tagged"
        }
        return isCommitting && Self.isID(text)
    }

    /// Docker paints what a step writes to its standard error: `ESC [91m`, the text, `ESC [0m`.
    private static func plain(_ text: String) -> String {
        var rest = text[...]
        for paint in ["\u{1b}[0m", "\u{1b}[91m"] where rest.hasPrefix(paint) { rest = rest.dropFirst(paint.count) }
        if rest.hasSuffix("\u{1b}[0m") { rest = rest.dropLast(4) }
        return String(rest)
    }

    /// Whether this is an image's id, or its beginning: Docker writes 12 digits, Podman 11.
    private static func isID(_ text: some StringProtocol) -> Bool {
        (11...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// `Step 2/5 : RUN make` of Docker, `STEP 2/5: RUN make` of Podman, with `[1/2] ` before it where there are stages.
    private static func step(_ line: String) -> (number: String, name: String)? {
        var rest = line[...]
        var stage = ""
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            stage = String(rest[rest.index(after: rest.startIndex)..<end])
            guard isFraction(stage) else { return nil }
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
            stage += " "
        }
        let words = rest.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "Step" || words[0] == "STEP", let colon = words[1].firstIndex(of: ":")
        else {
            return nil
        }
        let number = words[1][..<colon].filter { $0 != " " }
        guard isFraction(number) else { return nil }
        return (stage + number, String(words[1][words[1].index(after: colon)...].drop { $0 == " " }))
    }

    private static func isFraction(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { Int($0) != nil }
    }
}

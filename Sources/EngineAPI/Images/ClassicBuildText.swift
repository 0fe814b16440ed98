/// What the classic builder of Docker and that of Podman write, told apart into steps: both have no other form than
/// text for people. A value without I/O.
struct ClassicBuildText {
    /// The images that steps have made, by their short ids.
    private(set) var made: [String] = []
    private let labels: Set<String>
    private let isLabelled: Bool
    private var partial = ""
    private var step: String?
    /// Whether the step is the last one of its stage.
    private var isLast = false
    /// Whether the step is one of those that the builder itself puts at the end for the labels of the request.
    private var isOwn = false
    private var isBase = false
    private var isCached = false
    /// Whether the last step is done and what comes is about the image.
    private var isCommitting = false

    /// The most that is kept of a line whose end has not come.
    private static let limit = 64 << 10

    /// - Parameters:
    ///   - labels: the names of the labels that the request asks for. A builder gives each a step of its own, which
    ///     nobody has written and nobody is told of.
    ///   - isLabelled: whether those steps are sure to come at the end of the last stage.
    init(labels: some Sequence<String> = [], isLabelled: Bool = false) {
        self.labels = Set(labels)
        self.isLabelled = isLabelled
    }

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
            let number = counted(begun)
            step = number
            isLast = begun.position == begun.count
            isOwn = isLabel(begun.name)
            isBase = begun.name.lowercased().hasPrefix("from ")
            return isOwn ? closing : closing + [.started(step: number, name: begun.name)]
        }
        if isLast, Self.isCommit(text) {
            isCommitting = true
            return []
        }
        if let events = remark(text) { return events }
        return text.isEmpty || isChatter(text) ? [] : [.log(step: isCommitting || isOwn ? nil : step, text: text)]
    }

    /// Whether a step is `LABEL name=…`, or `LABEL "name"=…` of Podman, with a name of ours.
    private func isLabel(_ name: String) -> Bool {
        guard name.hasPrefix("LABEL ") else { return false }
        let rest = name.dropFirst(6)
        let key = rest.first == "\"" ? rest.dropFirst().prefix { $0 != "\"" } : rest.prefix { $0 != "=" }
        return labels.contains(String(key))
    }

    /// The number of a step, of as many as somebody has written.
    private func counted(_ step: Step) -> String {
        let isFinal = step.stage.map { $0.position == $0.count } ?? true
        let count = isLabelled && isFinal && step.count > labels.count ? step.count - labels.count : step.count
        let stage = step.stage.map { "\($0.position)/\($0.count) " } ?? ""
        return "\(stage)\(step.position)/\(count)"
    }

    /// What a builder says of a step after an arrow: `---> Using cache`, `---> 96920373436e`; nil for all else.
    private mutating func remark(_ text: String) -> [BuildProgress]? {
        let arrow = text.drop { $0 == " " }
        let words = arrow.drop { $0 == "-" }
        guard arrow.hasPrefix("--"), words.hasPrefix("> "), let step else { return nil }
        let said = words.dropFirst(2)
        if !isCached, said.lowercased().hasPrefix("using cache") {
            isCached = true
            return isOwn ? [] : [.cached(step: step)]
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
        guard let step, !isCached, !isOwn else { return [] }
        return [.finished(step: step)]
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

    private typealias Fraction = (position: Int, count: Int)
    private typealias Step = (stage: Fraction?, position: Int, count: Int, name: String)

    /// `Step 2/5 : RUN make` of Docker, `STEP 2/5: RUN make` of Podman, with `[1/2] ` before it where there are stages.
    private static func step(_ line: String) -> Step? {
        var rest = line[...]
        var stage: Fraction?
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            stage = fraction(rest[rest.index(after: rest.startIndex)..<end])
            guard stage != nil else { return nil }
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        let words = rest.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "Step" || words[0] == "STEP", let colon = words[1].firstIndex(of: ":"),
            let number = fraction(words[1][..<colon])
        else { return nil }
        let name = words[1][words[1].index(after: colon)...].drop { $0 == " " }
        return (stage, number.position, number.count, String(name))
    }

    private static func fraction(_ text: Substring) -> Fraction? {
        let parts = text.filter { $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let position = Int(parts[0]), let count = Int(parts[1]) else { return nil }
        return (position, count)
    }
}

/// What the classic builder of Docker and that of Podman write, told apart into steps: both have no other form than
/// text for people. A value without I/O.
struct ClassicBuildText {
    private var partial = ""
    private var step: String?
    private var isCached = false

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

    private mutating func line(_ text: String) -> [BuildProgress] {
        if let begun = Self.step(text) {
            let closing = close()
            step = begun.number
            return closing + [.started(step: begun.number, name: begun.name)]
        }
        let mark = text.drop { $0 == " " || $0 == "-" || $0 == ">" }
        if let step, !isCached, mark.count < text.count, mark.lowercased().hasPrefix("using cache") {
            isCached = true
            return [.cached(step: step)]
        }
        return text.isEmpty ? [] : [.log(step: step, text: text)]
    }

    private mutating func close() -> [BuildProgress] {
        defer {
            step = nil
            isCached = false
        }
        guard let step, !isCached else { return [] }
        return [.finished(step: step)]
    }

    /// `Step 2/5 : RUN make` of Docker, `STEP 2/5: RUN make` of Podman.
    private static func step(_ line: String) -> (number: String, name: String)? {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "Step" || words[0] == "STEP", let colon = words[1].firstIndex(of: ":")
        else {
            return nil
        }
        let number = words[1][..<colon].filter { $0 != " " }
        let parts = number.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ Int($0) != nil }) else { return nil }
        return (number, String(words[1][words[1].index(after: colon)...].drop { $0 == " " }))
    }
}

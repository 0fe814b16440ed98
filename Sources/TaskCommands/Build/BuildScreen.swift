import Environments
import System

/// What a build has done so far, and how a person is shown it. A value without I/O: times are seconds on any clock.
///
/// What is over stands still (``receive(_:at:)`` gives it out once); what goes on is drawn again and again
/// (``live(at:columns:rows:)``). Everything that a build prints is somebody else's text: control sequences are taken
/// out, what is left is escaped.
struct BuildScreen {
    /// How a line looks where there is colour.
    enum Style: Equatable {
        case plain, bold, dim, good, bad
    }

    /// A line of text, safe to print.
    struct Line: Equatable {
        var text: String
        var style = Style.plain
        /// True where a long line goes on in the next row instead of being cut.
        var isWhole = false
        /// What stands at the line's end also where the text is cut.
        var ending = ""

        /// The line, cut where it does not fit.
        func cut(to columns: Int) -> String {
            isWhole ? text + ending : DisplayWidth.cut(text, to: columns - DisplayWidth.of(ending)) + ending
        }
    }

    private struct Step {
        let title: String
        let began: Double
        var log = StepLog()
        /// Counts up with every line of any step, so that the one that wrote last is known.
        var lastWrote = 0
    }

    /// How many lines of a step's output are shown while it runs.
    static let tail = 5
    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    private var steps: [String: Step] = [:]
    private var order: [String] = []
    private var written = 0
    private var image: (name: String, began: Double)?
    private var status: (text: String, began: Double)?
    /// When what takes a while began, whatever it is called by now.
    private var busySince: Double?

    /// How long something is not worth a line, in seconds.
    static let patience = 0.5

    /// True while something is drawn that changes by itself.
    var isBusy: Bool { !order.isEmpty || status != nil }

    /// Something else that takes a while; nil for nothing.
    mutating func show(_ status: String?, at now: Double) {
        guard let status else {
            self.status = nil
            busySince = nil
            return
        }
        let text = PlainText.line(status, limit: 500)
        if busySince == nil { busySince = now }
        if self.status?.text != text { self.status = (text, now) }
    }

    /// Takes an event in.
    ///
    /// - Returns: what is over, to be printed once and for all.
    mutating func receive(_ event: BuildEvent, at now: Double) -> [Line] {
        switch event {
        case .began(let name, let reason):
            drop()
            image = (PlainText.line(name, limit: 200), now)
            return [
                Line(
                    text: "building \(PlainText.line(name, limit: 200)): \(PlainText.line(reason, limit: 500))",
                    style: .bold)
            ]
        case .started(let step, let name):
            begin(step, name, now)
            return []
        case .cached(let step):
            let title = end(step)?.title ?? Self.title(step, "")
            return Self.isInternal(title) ? [] : [Line(text: "✓ \(title)", style: .dim, ending: "  cached")]
        case .finished(let step):
            guard let ended = end(step), !Self.isInternal(ended.title) else { return [] }
            return [Line(text: "✓ \(ended.title)", ending: "  \(Elapsed.text(now - ended.began))")]
        case .failed(let step, let message):
            return failure(step, message, now)
        case .log(let step, let text):
            return log(step, text, now)
        case .progress(let text):
            show(text, at: now)
            return []
        case .notice(let text):
            return [Line(text: "task: \(PlainText.line(text))", isWhole: true)]
        case .ended(let name, _, let built):
            defer { drop() }
            guard built else { return [] }
            let span = image.map { "  \(Elapsed.text(now - $0.began))" } ?? ""
            return [Line(text: "✓ \(PlainText.line(name, limit: 200)) is ready\(span)", style: .good)]
        }
    }

    /// What goes on: running steps, the last lines of the one that wrote last, and what else takes a while. It never
    /// has more than `rows` lines.
    func live(at now: Double, columns: Int, rows: Int) -> [Line] {
        let frame = Self.spinner[Int(max(0, now) * 10) % Self.spinner.count]
        let running = order.compactMap { key in steps[key].map { (key, $0) } }
        var budget = max(1, rows)
        let statusLines = statusLine(frame, now)
        budget -= statusLines.count
        let loudest = running.filter { $0.1.lastWrote > 0 }.max { $0.1.lastWrote < $1.1.lastWrote }
        let shown = running.suffix(max(0, min(budget, 8)))
        let tail = loudest.map { $0.1.log.last(min(Self.tail, max(0, budget - shown.count))) } ?? []
        var lines: [Line] = []
        for (key, step) in shown {
            lines.append(Line(text: "\(frame) \(step.title)", ending: "  \(Elapsed.text(now - step.began))"))
            if key == loudest?.0 { lines += tail.map { Line(text: "    \($0)", style: .dim) } }
        }
        lines += statusLines
        return lines.suffix(max(1, rows)).map { line in
            Line(text: line.cut(to: columns), style: line.style)
        }
    }

    /// What else takes a while, once it does.
    private func statusLine(_ frame: String, _ now: Double) -> [Line] {
        guard let status, let busySince, now - busySince >= Self.patience else { return [] }
        return [Line(text: "\(frame) \(status.text)", ending: "  \(Elapsed.text(now - status.began))")]
    }

    /// The steps of the image are over, whatever became of them.
    private mutating func drop() {
        steps = [:]
        order = []
        image = nil
        status = nil
        busySince = nil
    }

    private mutating func begin(_ step: String, _ name: String, _ now: Double) {
        if steps[step] == nil { order.append(step) }
        steps[step] = Step(title: Self.title(step, name), began: now)
        status = nil
    }

    private mutating func end(_ step: String) -> Step? {
        order.removeAll { $0 == step }
        return steps.removeValue(forKey: step)
    }

    private mutating func failure(_ step: String, _ message: String, _ now: Double) -> [Line] {
        guard let ended = end(step) else {
            return [Line(text: "✗ \(Self.title(step, ""))  \(PlainText.line(message, limit: 500))", style: .bad)]
        }
        let log = ended.log.all.map { Line(text: "    \($0)", isWhole: true) }
        return [Line(text: "✗ \(ended.title)", style: .bad, ending: "  \(Elapsed.text(now - ended.began))")] + log
    }

    private mutating func log(_ step: String?, _ text: String, _ now: Double) -> [Line] {
        written += 1
        guard let step, steps[step] != nil else {
            // The builder itself: only the last word of it is of interest.
            var log = StepLog()
            log.append(text)
            show(log.last(1).first, at: now)
            return []
        }
        steps[step]?.log.append(text)
        steps[step]?.lastWrote = written
        return []
    }

    /// "[2/5] RUN make", whether the builder puts the number into the name or not.
    static func title(_ step: String, _ name: String) -> String {
        let name = PlainText.line(name, limit: 300)
        if name.isEmpty { return PlainText.line(step, limit: 20) }
        let parts = step.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ Int($0) != nil }), !name.hasPrefix("[") else { return name }
        return "[\(step)] \(name)"
    }

    /// What BuildKit does for itself.
    private static func isInternal(_ title: String) -> Bool { title.hasPrefix("[internal]") }
}

/// What a step has printed, as text that is safe to show; the oldest lines go where there is too much.
struct StepLog {
    private static let limit = 1 << 20
    private var filter = TerminalFilter(keepsColor: false)
    private var lines: [String] = []
    private var size = 0
    private var dropped = 0

    /// Takes what was printed, one line or several.
    mutating func append(_ text: String) {
        let text = filter.feed(text.utf8) + filter.feed("\n".utf8)
        for line in text.split(separator: "\n") {
            let safe = PlainText.line(String(line), limit: 2000)
            lines.append(safe)
            size += safe.utf8.count
        }
        guard size > Self.limit else { return }
        let half = lines.count / 2
        dropped += half
        lines.removeFirst(half)
        size = lines.reduce(0) { $0 + $1.utf8.count }
    }

    /// The last lines.
    func last(_ count: Int) -> [String] { Array(lines.suffix(count)) }

    /// All that is kept.
    var all: [String] { dropped == 0 ? lines : ["(\(dropped) lines before these are left out)"] + lines }
}

/// How long something took.
enum Elapsed {
    /// "0.4s", "12.3s", "2m05s", "3h07m".
    static func text(_ seconds: Double) -> String {
        let tenths = Int((max(0, seconds) * 10).rounded(.down))
        if tenths < 600 { return "\(tenths / 10).\(tenths % 10)s" }
        let whole = tenths / 10
        let (large, small) = whole < 3600 ? (whole / 60, whole % 60) : (whole / 3600, whole / 60 % 60)
        let (unit, subunit) = whole < 3600 ? ("m", "s") : ("h", "m")
        return "\(large)\(unit)\(small < 10 ? "0" : "")\(small)\(subunit)"
    }
}

import CommandLineKit
import Dispatch
import Environments
import Glibc
import Synchronization
import System

/// Shows what takes so long: builds step by step, and single lines of progress. On a terminal it is drawn at most ten
/// times a second, below what is over; elsewhere there are plain lines, or JSON.
final class BuildView: Sendable {
    /// How it is shown.
    enum Form: Equatable {
        /// Drawn again and again on the terminal that the error output is.
        case live(isColored: Bool)
        /// Lines on the error output.
        case plain
        /// Lines of JSON on the output.
        case json
        /// Not at all.
        case silent
    }

    private struct State {
        var screen = BuildScreen()
        var text = BuildText()
        var waiting: [BuildScreen.Line] = []
        /// The widths of the lines that are drawn now.
        var drawn: [Int] = []
        var isDirty = false
        var isClosed = false
        var timer: Timer?
    }

    private let form: Form
    private let output: TextOutput
    private let errorOutput: TextOutput
    private let start = Monotonic.now
    private let state = Mutex(State())

    init(_ form: Form, output: TextOutput, errorOutput: TextOutput) {
        self.form = form
        self.output = output
        self.errorOutput = errorOutput
    }

    /// A line that the next one replaces; only people see it.
    func show(_ text: String) {
        guard case .live = form else { return }
        change { state in state.screen.show(text, at: elapsed) }
    }

    /// Something that stays.
    func say(_ text: String) {
        if form != .silent { warn(text) }
    }

    /// Something that stays, and is said in any case.
    func warn(_ text: String) {
        guard case .live = form else { return errorOutput.writeLine("task: \(PlainText.lines(text))") }
        change { state in
            state.waiting += PlainText.lines("task: \(text)").split(separator: "\n").map {
                BuildScreen.Line(text: String($0), isWhole: true)
            }
        }
    }

    /// Takes an event of a build.
    func receive(_ event: BuildEvent) {
        switch form {
        case .json: state.withLock { _ in output.writeLine(BuildJSON(event).line) }
        case .plain:
            state.withLock { state in
                for line in state.text.receive(event, at: elapsed) { errorOutput.writeLine(line) }
            }
        case .silent: return
        case .live: change { state in state.waiting += state.screen.receive(event, at: elapsed) }
        }
    }

    /// Leaves only what is over on the screen. Nothing is drawn any more.
    func close() {
        let timer = state.withLock { state in
            if !state.isClosed {
                state.isClosed = true
                state.screen.show(nil, at: elapsed)
                draw(&state, isLast: true)
            }
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    private var elapsed: Double { Double(Monotonic.now.milliseconds(from: start)) / 1000 }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            if state.isClosed { return }
            body(&state)
            state.isDirty = true
            if state.timer == nil { state.timer = Timer { [weak self] in self?.tick() } }
        }
    }

    private func tick() {
        state.withLock { state in
            if !state.isClosed, state.isDirty || state.screen.isBusy { draw(&state, isLast: false) }
        }
    }

    /// Erases what was drawn, writes what is over below it, and draws what goes on.
    private func draw(_ state: inout State, isLast: Bool) {
        guard case .live(let isColored) = form else { return }
        let size = Terminal.size(of: STDERR_FILENO) ?? Terminal.Size()
        let columns = max(20, Int(size.columns))
        var text = Self.erasing(state.drawn, columns: columns)
        for line in state.waiting {
            text += Self.styled(line.cut(to: columns), line.style, isColored) + "\n"
        }
        state.waiting = []
        let live = isLast ? [] : state.screen.live(at: elapsed, columns: columns, rows: max(1, Int(size.rows) - 1))
        if !live.isEmpty {
            // Without wrapping, a letter that is wider than expected cannot take a second row.
            text += "\u{1B}[?7l"
            text += live.map { Self.styled($0.text, $0.style, isColored) }.joined(separator: "\r\n")
            text += "\u{1B}[?7h"
        }
        state.drawn = live.map { DisplayWidth.of($0.text) }
        state.isDirty = false
        if !text.isEmpty { errorOutput.write(text) }
    }

    /// Goes up to the first row of what was drawn, and clears all below. A terminal that has become narrower since has
    /// broken the lines into more rows.
    static func erasing(_ widths: [Int], columns: Int) -> String {
        if widths.isEmpty { return "" }
        let rows = widths.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        return "\r" + (rows > 1 ? "\u{1B}[\(rows - 1)A" : "") + "\u{1B}[J"
    }

    private static func styled(_ text: String, _ style: BuildScreen.Style, _ isColored: Bool) -> String {
        guard isColored else { return text }
        let code: String
        switch style {
        case .plain: return text
        case .bold: code = "1"
        case .dim: code = "2"
        case .good: code = "32"
        case .bad: code = "31"
        }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

/// Ten times a second.
private final class Timer: Sendable {
    // Dispatch does not say so, but its sources may be used from any thread.
    private nonisolated(unsafe) let source: any DispatchSourceTimer

    init(_ body: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(queue: .global())
        source.schedule(deadline: .now(), repeating: .milliseconds(100))
        source.setEventHandler(handler: body)
        source.resume()
    }

    func cancel() { source.cancel() }
    deinit { source.cancel() }
}

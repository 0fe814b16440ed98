import Environments
import System

/// A build as plain lines, for logs and pipes: `#3 [2/5] RUN make`, `#3 0.5 text`, `#3 done 1.2s`. A value without I/O.
struct BuildText {
    private struct Step {
        let number: Int
        let began: Double
        var filter = TerminalFilter(keepsColor: false)
    }

    private var steps: [String: Step] = [:]
    private var count = 0
    private var began = 0.0
    private var lastProgress: (text: String, time: Double)?

    /// The lines that an event is.
    mutating func receive(_ event: BuildEvent, at now: Double) -> [String] {
        switch event {
        case .began(let image, let reason):
            steps = [:]
            began = now
            return ["building \(PlainText.line(image, limit: 200)): \(PlainText.line(reason, limit: 500))"]
        case .started(let step, let name):
            return ["#\(number(step, now)) \(BuildScreen.title(step, name))"]
        case .cached(let step):
            return ["#\(number(step, now)) cached"]
        case .finished(let step):
            let number = number(step, now)
            return ["#\(number) done \(Elapsed.text(now - (steps[step]?.began ?? now)))"]
        case .failed(let step, let message):
            return ["#\(number(step, now)) failed: \(PlainText.line(message, limit: 2000))"]
        case .log(let step, let text):
            return log(step, text, now)
        case .progress(let text):
            return progress(text, now)
        case .notice(let text):
            return ["task: \(PlainText.line(text))"]
        case .ended(let image, _, let built):
            guard built else { return [] }
            return ["\(PlainText.line(image, limit: 200)) is ready \(Elapsed.text(now - began))"]
        }
    }

    private mutating func number(_ step: String, _ now: Double) -> Int {
        if let known = steps[step] { return known.number }
        count += 1
        steps[step] = Step(number: count, began: now)
        return count
    }

    private mutating func log(_ step: String?, _ text: String, _ now: Double) -> [String] {
        guard let step else {
            var filter = TerminalFilter(keepsColor: false)
            return (filter.feed(text.utf8) + filter.feed("\n".utf8)).split(separator: "\n")
                .map { "# \(PlainText.line(String($0), limit: 2000))" }
        }
        let number = number(step, now)
        guard var known = steps[step] else { return [] }
        let safe = known.filter.feed(text.utf8) + known.filter.feed("\n".utf8)
        let time = Elapsed.text(now - known.began).dropLast()
        steps[step] = known
        return safe.split(separator: "\n").map { "#\(number) \(time) \(PlainText.line(String($0), limit: 2000))" }
    }

    /// What is told many times a second on a terminal is told once a second here.
    private mutating func progress(_ text: String, _ now: Double) -> [String] {
        let text = PlainText.line(text, limit: 500)
        if let last = lastProgress, last.text == text || now - last.time < 1 { return [] }
        lastProgress = (text, now)
        return ["# \(text)"]
    }
}

import Environments
import FoundationEssentials
import TaskModel

/// What happens in a build as lines of JSON, for programs: `{"event":"log","step":"2/5","text":"…"}`.
struct BuildJSON: Encodable, Equatable {
    var event: String
    var image: String?
    var reason: String?
    var step: String?
    var name: String?
    var message: String?
    var text: String?
    var id: String?
    var built: Bool?

    init(_ event: BuildEvent) {
        switch event {
        case .began(let image, let reason):
            self.event = "began"
            self.image = image
            self.reason = reason
        case .started(let step, let name):
            self.event = "started"
            self.step = step
            self.name = name
        case .cached(let step):
            self.event = "cached"
            self.step = step
        case .finished(let step):
            self.event = "finished"
            self.step = step
        case .failed(let step, let message):
            self.event = "failed"
            self.step = step
            self.message = message
        case .log(let step, let text):
            self.event = "log"
            self.step = step
            self.text = text
        case .progress(let text):
            self.event = "progress"
            self.text = text
        case .notice(let text):
            self.event = "notice"
            self.text = text
        case .ended(let image, let id, let built):
            self.event = "ended"
            self.image = image
            self.id = id
            self.built = built
        }
    }

    /// One line.
    var line: String { (try? JSONLine.text(self)) ?? "{}" }
}

/// A value as one line of JSON with sorted keys; times are seconds since 1970 or ISO 8601, as the value has them.
enum JSONLine {
    static func text(_ value: some Encodable) throws(TaskError) -> String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw TaskError("cannot write JSON: \(error)")
        }
    }
}

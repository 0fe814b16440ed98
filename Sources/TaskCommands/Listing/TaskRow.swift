import FoundationEssentials
import System
import TaskModel

/// A task as lists show it.
struct TaskRow {
    let task: TaskOutline
    /// What was asked; nil where it cannot be read, or is not needed.
    let inputs: TaskInputs?
    /// Where its project is; nil where that is not known, or not needed.
    let projectPath: String?
    /// What its project is called; nil where that is not known.
    let project: String?

    private var state: TaskOutline.State { task.currentState }

    /// The fields of `task list --format`.
    static let fields = [
        "Name", "Phase", "Waiting", "Place", "Isolation", "Project", "ProjectPath", "Agent", "Branch", "Head", "Base",
        "Image", "Age", "CreatedAt", "StartedAt", "EndedAt", "Ending", "Status",
    ]

    static let columns = ["Name", "Phase", "Place", "Project", "Age", "Status"]

    /// The value of each of `columns`, safe to print; with many tasks it counts that the rest is not looked at.
    func columnValues(now: Date) -> [String] {
        let values: [String?] = [
            task.id.description, Self.phase(state), place, project, age(state.createdAt, now), status(now),
        ]
        return values.map { PlainText.line($0 ?? "-", limit: 200) }
    }

    /// The value of each field, safe to print.
    func values(now: Date) -> [String] {
        let values: [String?] = [
            task.id.description, Self.phase(state), state.waiting, place, (state.isolation ?? .container).rawValue,
            project, projectPath, agent, state.branch, state.head, inputs?.base.commit,
            state.image?.reference, age(state.createdAt, now), time(state.createdAt), time(state.startedAt),
            time(state.endedAt), state.ending?.summary, status(now),
        ]
        return values.map { PlainText.line($0 ?? "-", limit: 200) }
    }

    /// `waiting` for a running task whose agent waits for its user.
    static func phase(_ state: TaskOutline.State) -> String {
        state.phase == .running && state.waiting != nil ? "waiting" : state.phase.rawValue
    }

    /// The agent's name, or that of the program.
    var agent: String? {
        inputs.map { inputs in
            inputs.equipment?.agent?.name ?? Files.name(of: inputs.command.first ?? "")
        }
    }

    private var place: String {
        state.isolation == Isolation.none ? "\(state.place.rawValue) UNSAFE" : state.place.rawValue
    }

    /// What it waits for, or how it ended and when, or for how long it has run.
    private func status(_ now: Date) -> String {
        if state.phase == .ended {
            let when = state.endedAt.map { ", \(age($0, now)) ago" } ?? ""
            return PlainText.line(state.ending?.summary ?? "ended", limit: 60) + when
        }
        if state.phase == .running, let waiting = state.waiting { return PlainText.line(waiting, limit: 60) }
        return state.startedAt.map { "up \(age($0, now))" } ?? "-"
    }

    private func age(_ time: Date, _ now: Date) -> String { Age.text(now.timeIntervalSince(time)) }

    private func time(_ time: Date?) -> String? { time.map { $0.formatted(Date.ISO8601FormatStyle()) } }
}

/// `task list --filter`.
struct TaskFilter {
    /// The keys, and the words of those that have only a few.
    static let known: [(key: String, words: [String])] = [
        ("phase", Phase.allCases.map(\.rawValue) + ["waiting"]), ("name", []), ("project", []), ("agent", []),
        ("place", Place.allCases.map(\.rawValue)), ("isolation", ["container", "none"]),
        ("ending", ["success", "failure"]), ("since", []), ("until", []),
    ]

    private let filter: ListFilter
    private let since: Double
    private let until: Double

    init(_ words: [FilterWord], now: Date) throws(TaskError) {
        filter = try ListFilter(words, known: Self.known)
        // Of several, the most generous: one of them must hold.
        since = try filter.times("since", now: now).min() ?? -.infinity
        until = try filter.times("until", now: now).max() ?? .infinity
    }

    /// True where the question itself says whether tasks that have ended are wanted.
    var asksForEnded: Bool {
        filter.values["ending"] != nil || filter.values["phase"]?.contains(Phase.ended.rawValue) == true
    }

    /// True where the task's project decides.
    var needsProject: Bool { filter.values["project"] != nil }
    /// True where more of what was asked of a task decides.
    var needsInputs: Bool { filter.values["agent"] != nil }

    /// Whether a task is wanted.
    func allows(_ row: TaskRow) -> Bool {
        let state = row.task.currentState
        let made = state.createdAt.timeIntervalSince1970
        return made >= since && made <= until
            // A waiting task is running as well.
            && filter.allows("phase") { $0 == TaskRow.phase(state) || $0 == state.phase.rawValue }
            && filter.allows("name") { row.task.id.description.hasPrefix($0) }
            && filter.allows("place") { $0 == state.place.rawValue }
            && filter.allows("isolation") { $0 == (state.isolation ?? .container).rawValue }
            && filter.allows("ending") { word in
                state.ending.map { ($0 == .exited(code: 0)) == (word == "success") } ?? false
            }
            && filter.allows("project") { $0 == row.project || $0 == row.projectPath }
            && filter.allows("agent") { $0 == row.agent }
    }
}

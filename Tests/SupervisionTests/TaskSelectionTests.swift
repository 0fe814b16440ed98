import TaskModel
import Testing

@testable import Supervision

@Suite("Which task is meant") struct TaskSelectionTests {
    private static let names = ["fix", "fix-login", "fix-logout", "docs", "d2"].compactMap(TaskID.init)

    @Test(
        "a name, or the beginning of one that no other has",
        arguments: [
            ("fix", "fix"), ("fix-login", "fix-login"), ("fix-logi", "fix-login"), ("fix-logo", "fix-logout"),
            ("do", "docs"), ("d2", "d2"),
        ])
    func named(word: String, name: String) throws {
        #expect(try TaskSelection.named(word, among: Self.names).description == name)
    }

    @Test(
        "what names none, or several, is refused with what helps",
        arguments: [
            ("fi", "'fi' is the beginning of fix, fix-login, fix-logout\n  next: type more of the name"),
            ("d", "'d' is the beginning of docs, d2\n  next: type more of the name"),
            ("fix-lgoin", "there is no task 'fix-lgoin' (did you mean 'fix-login'?)\n  next: task list --all"),
            ("nothing-like-it", "there is no task 'nothing-like-it'\n  next: task list --all"),
            ("A b", "'A b' is no task name: a to z, 0 to 9 and '-', at most 40\n  next: task list --all"),
            ("\u{1b}[2J", "'\\u{1B}[2J' is no task name: a to z, 0 to 9 and '-', at most 40\n  next: task list --all"),
            ("", "'' is no task name: a to z, 0 to 9 and '-', at most 40\n  next: task list --all"),
        ])
    func refused(word: String, text: String) {
        let error = #expect(throws: TaskError.self) { try TaskSelection.named(word, among: Self.names) }
        #expect(error?.description == text)
    }

    @Test("of very many, five are listed")
    func many() {
        let names = (1...9).compactMap { TaskID("a\($0)") }
        let error = #expect(throws: TaskError.self) { try TaskSelection.named("a", among: names) }
        #expect(error?.message == "'a' is the beginning of a1, a2, a3, a4, a5 and 4 more")
    }

    /// Tasks, the newest first: a capital letter runs, what has a `!` works on the repository around.
    private func selection(_ tasks: String...) -> TaskSelection {
        let here = Set(tasks.filter { $0.hasSuffix("!") }.map { $0.dropLast().lowercased() })
        return TaskSelection(
            choices: tasks.compactMap { task in
                let name = task.filter { $0 != "!" }
                return TaskID(name.lowercased()).map { .init(id: $0, isRunning: name.first?.isUppercase == true) }
            }, isHere: { here.contains($0.description) })
    }

    @Test("the latest is of this repository, if it has any")
    func latest() throws {
        #expect(try selection("new", "old").latest().description == "new")
        #expect(try selection("new", "old!", "older!").latest().description == "old")
        #expect(try selection("Run", "old!").latest().description == "old")
        let error = #expect(throws: TaskError.self) { try selection().latest() }
        #expect(error?.message == "there is no task yet")
    }

    @Test("without a name it is the only one that runs: here, else anywhere")
    func onlyRunning() throws {
        #expect(try selection("ended", "Run").onlyRunning().description == "run")
        #expect(try selection("Other", "Mine!", "Another").onlyRunning().description == "mine")
        #expect(try selection("ended!", "Other").onlyRunning().description == "other")
        let none = #expect(throws: TaskError.self) { try selection("ended!").onlyRunning() }
        #expect(none?.message == "no task is named, and none is running")
        #expect(none?.kind == .usage)
        let two = #expect(throws: TaskError.self) { try selection("B!", "A!", "Other").onlyRunning() }
        #expect(two?.message == "no task is named, and 2 are running: b, a")
    }
}

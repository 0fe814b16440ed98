import TaskModel
import Testing

@testable import Supervision

@Suite("Limits asked for and limits in force") struct LimitCheckTests {
    private let asked = Limits(memory: 1 << 30, milliCPUs: 1500, processes: 100)

    @Test(
        "what was asked for is in force, or less",
        arguments: [
            ("100", "1073741824", "150000 100000"), ("50", "1073737728", "100000 100000"),
            ("100", "1073741824", "15 10"),
            ("0", "0", "1 100000"),
        ])
    func inForce(pids: String, memory: String, cpu: String) {
        #expect(LimitCheck.problem(asked: asked, pids: pids, memory: memory, cpu: cpu) == nil)
    }

    @Test(
        "what is not in force is named, with the option that does without",
        arguments: [
            ("max", "1073741824", "150000 100000", "--pids"), ("101", "1073741824", "150000 100000", "--pids"),
            ("", "1073741824", "150000 100000", "--pids"), ("-1x", "1073741824", "150000 100000", "--pids"),
            ("100", "max", "150000 100000", "--memory"), ("100", "1073741825", "150000 100000", "--memory"),
            ("100", "9223372036854771712", "150000 100000", "--memory"), ("100", "", "150000 100000", "--memory"),
            ("100", "-1", "150000 100000", "--memory"),
            ("100", "1073741824", "max 100000", "--cpus"), ("100", "1073741824", "160000 100000", "--cpus"),
            ("100", "1073741824", "-1 100000", "--cpus"), ("100", "1073741824", "", "--cpus"),
            ("100", "1073741824", "150000", "--cpus"), ("100", "1073741824", "150000 0", "--cpus"),
            ("100", "1073741824", "9223372036854775807 1", "--cpus"), ("100", "1073741824", "nan 1", "--cpus"),
        ])
    func missing(pids: String, memory: String, cpu: String, option: String) throws {
        let problem = try #require(LimitCheck.problem(asked: asked, pids: pids, memory: memory, cpu: cpu))
        #expect(problem.next == "use an engine that can, or accept none with \(option) unlimited")
        #expect(problem.message.hasPrefix("the engine did not put the limit of "))
    }

    @Test("what was asked to be without limit may be anything")
    func unlimited() {
        let none = Limits(memory: nil, milliCPUs: nil, processes: nil)
        #expect(LimitCheck.problem(asked: none, pids: "max", memory: "", cpu: "max 100000") == nil)
    }
}

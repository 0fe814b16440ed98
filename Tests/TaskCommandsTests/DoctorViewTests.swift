import Foundation
import Testing

@testable import Supervision
@testable import TaskCommands

@Suite("What task doctor looks like") struct DoctorViewTests {
    private var report: DoctorReport {
        DoctorReport(
            checks: [
                Check(
                    "engine", .ok,
                    "docker at /var/run/docker.sock (the first that answers); also podman at /run/podman/podman.sock"),
                Check("user-namespaces", .ok, "on, at most 63000"),
                Check("lsm", .warning, "neither AppArmor nor SELinux is on: one barrier less"),
                Check(
                    "limits", .failure, "control groups v1: a rootless engine cannot limit anything with them",
                    mend: "boot with systemd.unified_cgroup_hierarchy=1, or run tasks with --memory unlimited"),
                Check("tasks", .warning, "odd: \u{1B}[2J", mend: "task rm --force odd"),
            ],
            assurance: Assurance(
                level: .reduced, summary: "as standard, but limits are not in force",
                protects: [
                    Assurance.Reason(
                        subject: "network", text: "no interface; what a task may reach goes through a gateway")
                ],
                open: [
                    Assurance.Reason(
                        subject: "allowed hosts",
                        text: "whoever may be reached can be told all that the agent knows of it")
                ]))
    }

    @Test("80 columns, lined up, the same in colour and without")
    func text() throws {
        let plain = DoctorView(isColored: false).text(report)
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/doctor.txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(plain.utf8).write(to: file) }
        #expect(plain == String(decoding: try Data(contentsOf: file), as: UTF8.self))
        let tooLong = plain.split(separator: "\n").filter { $0.count > 80 }
        #expect(tooLong.isEmpty)
        let colored = DoctorView(isColored: true).text(report)
        #expect(colored.contains("\u{1B}[1;31mfailure\u{1B}[0m"))
        var stripped = colored
        for sequence in ["\u{1B}[32m", "\u{1B}[33m", "\u{1B}[1;31m", "\u{1B}[1m", "\u{1B}[0m"] {
            stripped = stripped.replacingOccurrences(of: sequence, with: "")
        }
        #expect(stripped == plain)
    }

    @Test("the last line says whether tasks can run")
    func verdict() {
        func last(_ statuses: [Check.Status]) -> String? {
            let report = DoctorReport(
                checks: statuses.map { Check("x", $0, "y") },
                assurance: Assurance(level: .none, summary: "none", protects: [], open: []))
            return DoctorView(isColored: false).text(report).split(separator: "\n").last.map(String.init)
        }
        #expect(last([.ok]) == "All is well.")
        #expect(last([.ok, .warning]) == "Tasks can run, with 1 warning.")
        #expect(last([.warning, .warning]) == "Tasks can run, with 2 warnings.")
        #expect(last([.failure, .warning]) == "Tasks cannot run: 1 failure, 1 warning.")
        #expect(last([.failure, .failure]) == "Tasks cannot run: 2 failures, 0 warnings.")
    }
}

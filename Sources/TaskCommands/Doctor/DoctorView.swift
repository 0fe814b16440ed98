import Supervision
import System

/// The report of `task doctor` as text, 80 columns wide.
struct DoctorView {
    let isColored: Bool
    private let width = 80

    init(isColored: Bool) {
        self.isColored = isColored
    }

    func text(_ report: DoctorReport) -> String {
        var lines: [String] = []
        for check in report.checks {
            lines += row(colored(check.status), check.status.rawValue, check.name, check.finding)
            if let mend = check.mend {
                lines += wrapped("mend: \(mend)", indent: Self.margin)
            }
        }
        let assurance = report.assurance
        lines += ["", bold("Isolation on this machine: \(assurance.level.rawValue)")]
        lines += wrapped(assurance.summary, indent: 2)
        lines += list("It protects by", assurance.protects)
        lines += list("It does not protect against, or leaves open", assurance.open)
        let failures = report.checks.filter { $0.status == .failure }.count
        let warnings = report.checks.filter { $0.status == .warning }.count
        lines += ["", verdict(failures: failures, warnings: warnings)]
        return lines.joined(separator: "\n") + "\n"
    }

    private func verdict(failures: Int, warnings: Int) -> String {
        let ending = warnings == 1 ? "1 warning" : "\(warnings) warnings"
        if failures > 0 {
            return "Tasks cannot run: \(failures == 1 ? "1 failure" : "\(failures) failures"), \(ending)."
        }
        return warnings == 0 ? "All is well." : "Tasks can run, with \(ending)."
    }

    /// Where findings begin.
    private static let margin = 9 + 17

    private func row(_ status: String, _ plain: String, _ name: String, _ finding: String) -> [String] {
        var lines = wrapped(PlainText.line(finding), indent: Self.margin)
        let head = status + pad(plain, to: 9) + name + pad(name, to: 17)
        lines[0] = head + lines[0].dropFirst(Self.margin)
        return lines
    }

    private func list(_ title: String, _ reasons: [Assurance.Reason]) -> [String] {
        if reasons.isEmpty { return [] }
        return ["", "  \(title)"]
            + reasons.flatMap { reason -> [String] in
                var lines = wrapped(PlainText.line(reason.text), indent: 20)
                lines[0] = "    " + reason.subject + pad(reason.subject, to: 16) + lines[0].dropFirst(20)
                return lines
            }
    }

    private func pad(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count))
    }

    /// Breaks text between words into lines that begin at a column.
    private func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = margin
        for word in text.split(separator: " ") {
            if line.count > indent, line.count + 1 + word.count > width {
                lines.append(line)
                line = margin
            }
            line += line.count > indent ? " \(word)" : "\(word)"
        }
        return lines + [line]
    }

    private func colored(_ status: Check.Status) -> String {
        guard isColored else { return status.rawValue }
        let color =
            switch status {
            case .ok: "32"
            case .warning: "33"
            case .failure: "1;31"
            }
        return "\u{1B}[\(color)m\(status.rawValue)\u{1B}[0m"
    }

    private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}

import FoundationEssentials

/// How long ago, in the largest unit that fits.
enum Age {
    static func text(_ seconds: Double) -> String {
        let seconds = max(0, Int(seconds))
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<86400: "\(seconds / 3600)h"
        default: "\(seconds / 86400)d"
        }
    }

    /// "3h ago (2026-11-21T10:00:00Z)".
    static func moment(_ time: Date, now: Date) -> String {
        "\(text(now.timeIntervalSince(time))) ago (\(time.formatted(Date.ISO8601FormatStyle())))"
    }
}

/// Columns that line up.
enum Table {
    static func text(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - DisplayWidth.of(text))
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

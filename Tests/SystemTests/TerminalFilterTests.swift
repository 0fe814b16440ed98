import System
import Testing

@Suite("Terminal output as text") struct TerminalFilterTests {
    private static let escape = "\u{1B}"

    /// What goes in, what comes out without colour, and what comes out with it (nil: the same).
    private static let table: [(String, String, String?)] = [
        ("plain äöü 漢字 🙂\n\tindented\n", "plain äöü 漢字 🙂\n\tindented\n", nil),
        ("", "", nil),
        // Colours and styles.
        ("\(escape)[1;31mred\(escape)[0m", "red", "\(escape)[1;31mred\(escape)[0m\(escape)[0m"),
        ("\(escape)[mx", "x", "\(escape)[mx\(escape)[0m"),
        ("\(escape)[38:2::1:2:3mx", "x", "\(escape)[38:2::1:2:3mx\(escape)[0m"),
        // What ends in m and is no style.
        ("\(escape)[>4;2mx", "x", nil), ("\(escape)[?4mx", "x", nil), ("\(escape)[1 mx", "x", nil),
        ("\(escape)[\(String(repeating: "1;", count: 200))mx", "x", nil),
        // Cursor, erasing, modes, reports.
        ("a\(escape)[2Jb\(escape)[10;10Hc\(escape)[?1049hd\(escape)[6ne\(escape)[5if", "abcdef", nil),
        ("a\(escape)[21tb\(escape)[8;10;10tc\(escape)[!pd\(escape)[ qe", "abcde", nil),
        // Operating system commands: titles, clipboards, links, however they end.
        ("a\(escape)]0;title\u{07}b", "ab", nil), ("a\(escape)]2;title\(escape)\\b", "ab", nil),
        ("a\(escape)]52;c;RVZJTA==\u{07}b", "ab", nil),
        ("a\(escape)]8;;http://x/\(escape)\\b\(escape)]8;;\(escape)\\", "ab", nil),
        ("a\(escape)]0;x\u{18}b", "ab", nil), ("a\(escape)]0;x\u{1A}b", "ab", nil),
        ("a\(escape)]0;line\nline\(escape)[31m\u{07}b", "ab", nil),
        // Device control, application, privacy, start of string, tmux's own title.
        ("a\(escape)Ptmux;\(escape)\(escape)]2;x\u{07}\(escape)\\b", "ab", nil),
        (
            "a\(escape)P+q\(escape)\\b\(escape)_x\(escape)\\c\(escape)^x\(escape)\\d\(escape)Xx\(escape)\\e\(escape)kx\(escape)\\f",
            "abcdef", nil
        ),
        // Short sequences, character sets, a full reset, two escapes in a row.
        ("a\(escape)cb\(escape)7c\(escape)(Bd\(escape)#8e\(escape)=f\(escape)%Gg", "abcdefg", nil),
        ("a\(escape)\(escape)[31\(escape)[1Kb", "ab", nil),
        // Control characters alone, the eight-bit ones too.
        ("a\u{0}b\u{7}c\u{8}d\u{B}e\u{C}f\u{E}g\u{F}h\u{7F}i", "abcdefghi", nil),
        ("a\u{85}b\u{90}c\u{9B}31md\u{9D}e", "abc31mde", nil),
        // What would reorder or hide text is shown by number.
        ("a\u{202E}b\u{200B}c", "a\\u{202E}b\\u{200B}c", nil),
        // Returns.
        ("a\r\nb\r\n", "a\nb\n", nil), ("10%\r50%\r100%\n", "10%\n50%\n100%\n", nil), ("\r\rx\n", "x\n", nil),
        // A sequence that never ends.
        ("a\(escape)]0;never", "a", nil), ("a\(escape)[12;", "a", nil), ("a\(escape)", "a", nil),
    ]

    private func filtered(_ pieces: [[UInt8]], keepsColor: Bool) -> String {
        var filter = TerminalFilter(keepsColor: keepsColor)
        return pieces.map { filter.feed($0) }.joined() + filter.finish()
    }

    @Test("every class of sequence, whole", arguments: table.indices)
    func whole(index: Int) {
        let (input, plain, colored) = Self.table[index]
        #expect(filtered([Array(input.utf8)], keepsColor: false) == plain)
        #expect(filtered([Array(input.utf8)], keepsColor: true) == colored ?? plain)
    }

    @Test("every class of sequence, cut at every byte, and byte by byte", arguments: table.indices)
    func split(index: Int) {
        let (input, plain, colored) = Self.table[index]
        let bytes = Array(input.utf8)
        for cut in 0...bytes.count {
            let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
            #expect(filtered(pieces, keepsColor: false) == plain, "cut at \(cut)")
            #expect(filtered(pieces, keepsColor: true) == colored ?? plain, "cut at \(cut)")
        }
        #expect(filtered(bytes.map { [$0] }, keepsColor: true) == colored ?? plain)
    }

    @Test("no bytes whatever let a control sequence through")
    func anything() {
        var random = SystemRandomNumberGenerator()
        let alphabet: [UInt8] = [
            0x1B, 0x5B, 0x5D, 0x50, 0x6D, 0x3B, 0x31, 0x07, 0x9B, 0xC2, 0x90, 0x0D, 0x0A, 0x41, 0xE2, 0x80, 0xAE, 0x5C,
            0xFF,
        ]
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let text = filtered([bytes], keepsColor: false)
            let bad = text.unicodeScalars.first {
                ($0.value < 32 && $0 != "\n" && $0 != "\t") || (0x7F...0x9F).contains($0.value)
            }
            #expect(bad == nil, "\(bytes)")
            let colored = filtered([bytes], keepsColor: true)
            #expect(
                colored.replacing(/\u{1B}\[[0-9:;]*m/, with: "").unicodeScalars.allSatisfy { $0.value != 0x1B },
                "\(bytes)")
        }
    }

    @Test("bytes that are no UTF-8 become replacement characters, and never take their neighbours along")
    func invalid() {
        #expect(filtered([[0x61, 0xFF, 0x62]], keepsColor: false) == "a\u{FFFD}b")
        #expect(filtered([[0x61, 0xC3, 0x0A, 0x62]], keepsColor: false) == "a\u{FFFD}\nb")
        #expect(filtered([[0xE2, 0x82, 0x1B, 0x5B, 0x6D, 0x62]], keepsColor: false) == "\u{FFFD}b")
    }
}

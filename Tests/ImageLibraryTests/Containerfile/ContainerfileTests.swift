import ImageLibrary
import TaskModel
import Testing

@Suite("Containerfiles") struct ContainerfileTests {
    private static func read(
        _ text: String, _ arguments: [String: String] = [:], stage: String? = nil
    ) throws(TaskError) -> Containerfile {
        try Containerfile(Array(text.utf8), path: "/p/Containerfile", arguments: arguments, stage: stage)
    }

    private static let several = """
        # syntax=docker/dockerfile:1
        # A comment
        ARG VERSION=3.12
        ARG BASE="python:${VERSION}"
        FROM ${BASE} AS Build
        ARG VERSION
        RUN --mount=type=cache,target=/root/.cache pip wheel \\
            # a comment between
            x==$VERSION \\

            y
        FROM scratch AS data
        COPY --from=alpine:3 /etc/os-release /
        FROM build as tests
        RUN --mount=type=bind,from=tools:1,source=/bin,target=/tools --mount=from=data,target=/d true
        FROM --platform=$BUILDPLATFORM debian:13
        COPY --chown=1:1 --from=build /x /x
        COPY --from=1 /y /y
        """

    @Test("images, stages and features of a whole file")
    func whole() throws {
        let file = try Self.read(Self.several)
        #expect(file.images == ["python:3.12", "alpine:3", "tools:1", "debian:13"])
        #expect(file.hasMounts)
        #expect(!file.hasHeredocs)
        #expect(file.syntax == "docker/dockerfile:1")
        #expect(file.arguments == ["VERSION", "BASE"])
        #expect(try Self.read(Self.several, ["VERSION": "3.9"]).images.first == "python:3.9")
        #expect(try Self.read(Self.several, ["BASE": "own"]).images.first == "own")
    }

    @Test(
        "a wanted stage needs only what it is made of",
        arguments: [
            ("build", ["python:3.12"]), ("BUILD", ["python:3.12"]), ("data", ["alpine:3"]), ("1", ["alpine:3"]),
            ("tests", ["python:3.12", "alpine:3", "tools:1"]), ("3", ["python:3.12", "alpine:3", "debian:13"]),
        ])
    func stages(stage: String, images: [String]) throws {
        #expect(try Self.read(Self.several, stage: stage).images == images)
    }

    @Test("a stage that is not there is named with those that are")
    func noStage() {
        let error = #expect(throws: TaskError.self) { try Self.read(Self.several, stage: "nope") }
        #expect(error?.message == "'/p/Containerfile' has no stage 'nope'")
        #expect(error?.next == "name one of its stages: build, data, tests")
        #expect(throws: TaskError.self) { try Self.read("FROM a", stage: "1") }
    }

    @Test(
        "variables as in a shell",
        arguments: [
            ("$X", "v"), ("${X}", "v"), ("a/$X:b", "a/v:b"), ("${X}y", "vy"), ("${X:-d}", "v"), ("${N:-d}", "d"),
            ("${E:-d}", "d"), ("a${E-d}", "a"), ("${X:+alt}", "alt"), ("a${N:+alt}", "a"), ("a${E:+alt}", "a"),
            ("a${E+alt}", "aalt"), ("${N:-${X}}", "v"), ("${N:-a${N:-$X}b}", "avb"), ("\"$X\"", "v"), ("'$X'", "$X"),
            ("a\\$X", "a$X"), ("${X:?needed}", "v"), ("$X$X", "vv"), ("${N:-\"d e\"}x", ""), ("a$", "a$"),
        ])
    func variables(written: String, meant: String) throws {
        let text = "ARG X=v\nARG E=\nARG N\nFROM \(written)\n"
        if meant.isEmpty {
            #expect(throws: TaskError.self) { try Self.read(text) }
            return
        }
        #expect(try Self.read(text).images == [meant])
        if meant.contains("$") { return }
        #expect(try Self.read("ARG X=v\nARG E=\nFROM b\nCOPY --from=\(written) a b\n").images.last == meant)
    }

    @Test("an argument of the caller's counts only where the file declares it; engines know the platform")
    func scopes() throws {
        #expect(try Self.read("FROM a-${X:-none}", ["X": "1"]).images == ["a-none"])
        #expect(try Self.read("ARG X=2 Y=3\nFROM a-$X-$Y", ["X": "1"]).images == ["a-1-3"])
        #expect(try Self.read("FROM a-$TARGETOS").images == ["a-linux"])
        #expect(try Self.read("FROM a-$TARGETARCH", ["TARGETARCH": "riscv64"]).images == ["a-riscv64"])
        #expect(try Self.read("FROM a\nARG X=1\nCOPY --from=i:$X a b").images == ["a", "i:1"])
        #expect(try Self.read("ARG X=1\nFROM a\nARG X\nCOPY --from=i:$X a b").images == ["a", "i:1"])
    }

    @Test("directives come first, once, and may change the escape character")
    func directives() throws {
        let windows = "# escape=`\nFROM a`\nb\nRUN c:\\\nFROM d"
        #expect(try Self.read(windows).images == ["ab", "d"])
        #expect(try Self.read("#SYNTAX = x/y:1\nFROM a").syntax == "x/y:1")
        #expect(try Self.read("# a comment\n# syntax=x\nFROM a").syntax == nil)
        #expect(try Self.read("\n# escape=`\nFROM a\\\n:1").images == ["a:1"])
        for text in ["# escape=x\nFROM a", "# escape=`\n# escape=`\nFROM a"] {
            #expect(throws: TaskError.self) { try Self.read(text) }
        }
    }

    @Test("lines that go on, comments and empty lines within, and what only looks like one")
    func continuation() throws {
        #expect(try Self.read("FROM \\\n  # no\n\n a \\  \n AS b\nFROM b").images == ["a"])
        #expect(try Self.read("FROM a\nRUN echo \\\\\nFROM b").images == ["a", "b"])
        #expect(try Self.read("FROM a\nRUN x \\\n# FROM c\nFROM b").images == ["a"])
        #expect(try Self.read("\u{FEFF}from a\r\nFrOm b\\\r\nc\r\n").images == ["a", "bc"])
        #expect(try Self.read("FROM a\nRUN x \\").images == ["a"])
        #expect(try Self.read("  FROM\ta\t").images == ["a"])
    }

    @Test("here-documents are no instructions")
    func heredocs() throws {
        let texts = [
            "RUN <<EOF\nFROM b\nEOF", "RUN cat <<-EOF\nFROM b\n\t\tEOF", "RUN <<\"A B\"\nFROM b\nA B",
            "COPY <<'EOF' /x\nFROM b\nEOF", "RUN 3<<EOF cat\nFROM b\nEOF", "COPY <<a <<b /x/\na\nFROM b\nb",
            "ONBUILD RUN <<EOF\nFROM b\nEOF", "RUN x \\\n <<EOF\nFROM b\n  EOF\nEOF", "ADD <<EOF /x\nFROM b\\\nEOF",
        ]
        for text in texts {
            let file = try Self.read("FROM a\n\(text)\nFROM c\n")
            #expect(file.images == ["a", "c"], "\(text)")
            #expect(file.hasHeredocs)
        }
        for text in [
            "RUN cat <<<EOF", "RUN \"<<EOF\"", "CMD x <<EOF", "RUN [\"cat\", \"<<EOF\"]", "RUN a<<EOF",
            "RUN echo $((1 << 2))",
        ] {
            let file = try Self.read("FROM a\n\(text)\nFROM c\n")
            #expect(file.images == ["a", "c"], "\(text)")
            #expect(!file.hasHeredocs)
        }
        let error = #expect(throws: TaskError.self) { try Self.read("FROM a\nRUN <<EOF\nx\n EOF\n") }
        #expect(error?.message == "/p/Containerfile:2: the here-document 'EOF' has no end")
    }

    @Test(
        "what is wrong is said with its line",
        arguments: [
            ("", "'/p/Containerfile' has no FROM"), ("# only\n\n", "'/p/Containerfile' has no FROM"),
            ("ARG A", "'/p/Containerfile' has no FROM"),
            ("\nRUN x", "/p/Containerfile:2: RUN comes before the first FROM"),
            ("FROM a\n\nCPOY a b", "/p/Containerfile:3: 'CPOY' is no instruction, did you mean COPY?"),
            ("FORM a", "/p/Containerfile:1: 'FORM' is no instruction, did you mean FROM?"),
            ("FROM a\nINCLUDE x", "/p/Containerfile:2: 'INCLUDE' is no instruction"),
            ("FROM a\n\u{1b}[2J", "/p/Containerfile:2: '\\u{1B}[2J' is no instruction"),
            ("FROM", "/p/Containerfile:1: FROM is written 'FROM <image> [AS <stage>]'"),
            ("FROM a b", "/p/Containerfile:1: FROM is written 'FROM <image> [AS <stage>]'"),
            ("FROM a IS b", "/p/Containerfile:1: FROM is written 'FROM <image> [AS <stage>]'"),
            ("FROM --pull a", "/p/Containerfile:1: FROM does not know '--pull'"),
            ("FROM -a", "/p/Containerfile:1: '-a' is no name of an image"),
            ("ARG BASE\nFROM ${BASE}", "/p/Containerfile:2: '${BASE}' names no image: nothing sets BASE"),
            ("FROM ${BASE", "/p/Containerfile:1: '{BASE' is not understood"),
            ("ARG X=1\nFROM ${X/1/2}", "/p/Containerfile:2: '{X/1/2}' is not understood"),
            ("FROM ${X:?no}", "/p/Containerfile:1: X needs a value"),
            ("ARG =x\nFROM a", "/p/Containerfile:1: '' is no name for an argument"),
            ("FROM a\nCOPY --from=0 a b", "/p/Containerfile:2: there is no stage 0 before this one"),
        ])
    func errors(text: String, message: String) {
        #expect(throws: TaskError(message, next: "")) {
            do throws(TaskError) { _ = try Self.read(text) } catch { throw TaskError(error.message, next: "") }
        }
    }

    @Test("what is too large, no text or made to be deep is refused")
    func limits() {
        let large = [UInt8](repeating: 35, count: 1 << 20 + 1)
        for bytes in [large, [0xff, 0xfe], Array("FROM a\u{0}".utf8)] {
            #expect(throws: TaskError.self) { try Containerfile(bytes, path: "x", arguments: [:]) }
        }
        let deep = "FROM " + String(repeating: "${A:-", count: 1000) + "x" + String(repeating: "}", count: 1000)
        #expect(throws: TaskError.self) { try Self.read(deep) }
    }

    @Test("whatever is cut, doubled or swapped in a file, it is read or refused")
    func mutations() {
        let seed = Array((Self.several + "\nRUN <<EOF\nx\nEOF\nCOPY <<-'E' /\n\tE\nFROM ${A:-${B:+c}}\n").utf8)
        var random = SplitMix(state: 42)
        for _ in 0..<3000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where bytes.count > 40: bytes.removeSubrange(place..<end)
                case 1:
                    let target = Int.random(in: 0...bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[place..<end], at: target)
                case 2: bytes[place] = Array("\\\n\"'${}<-=#, `:".utf8).randomElement(using: &random) ?? 0
                default: bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do throws(TaskError) {
                let file = try Containerfile(bytes, path: "f", arguments: ["VERSION": "1"])
                #expect(!file.images.contains { $0.isEmpty || $0.hasPrefix("-") || $0 == "scratch" })
            } catch {
                #expect(error.message.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } && error.next != nil)
            }
        }
    }
}

/// The same numbers each time (splitmix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

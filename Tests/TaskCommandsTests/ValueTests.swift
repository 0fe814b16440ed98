import CommandLineKit
import TaskModel
import Testing

@testable import TaskCommands

@Suite("Values of options") struct ValueTests {
    @Test(
        "memory",
        arguments: [
            ("512m", 512 << 20), ("4g", 4 << 30), ("4G", 4 << 30), ("1t", 1 << 40), ("65536k", 64 << 20),
            ("67108864", 64 << 20), ("67108864b", 64 << 20),
        ] as [(String, UInt64)])
    func memory(text: String, bytes: UInt64) throws {
        #expect(try MemoryLimit(argument: text).limit.amount == bytes)
    }

    @Test(
        "memory that is none",
        arguments: [
            "", "g", "-1g", "1.5g", "63m", "4gb", "0x10g", "99999999999999999999", "18446744073709551615k", " 4g",
            "Unlimited",
        ])
    func noMemory(text: String) {
        #expect(throws: ValueError.self) { try MemoryLimit(argument: text) }
    }

    @Test("processors", arguments: [("2", 2000), ("1.5", 1500), ("0.01", 10), ("10000", 10_000_000), ("0.3333", 333)])
    func processors(text: String, thousandths: Int) throws {
        #expect(try ProcessorLimit(argument: text).limit.amount == thousandths)
    }

    @Test("processors that are none", arguments: ["", "0", "-1", "nan", "inf", "1e9", "two", "0.001", "1,5"])
    func noProcessors(text: String) {
        #expect(throws: ValueError.self) { try ProcessorLimit(argument: text) }
    }

    @Test("processes")
    func processes() throws {
        #expect(try ProcessLimit(argument: "16").limit.amount == 16)
        for text in ["15", "0", "-1", "", "many", "1.5", "99999999999999999999"] {
            #expect(throws: ValueError.self) { try ProcessLimit(argument: text) }
        }
    }

    @Test("without limit has to be said")
    func unlimited() throws {
        #expect(try MemoryLimit(argument: "unlimited").limit.amount == nil)
        #expect(try ProcessorLimit(argument: "unlimited").limit.amount == nil)
        #expect(try ProcessLimit(argument: "unlimited").limit.amount == nil)
    }

    @Test(
        "lengths of time", arguments: [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("45", 45), ("0", 0)])
    func time(text: String, seconds: Int) throws {
        #expect(try TimeSpan(argument: text).seconds == seconds)
    }

    @Test("lengths of time that are none", arguments: ["", "s", "-1s", "1.5h", "1w", "1h30m", "9223372036854775807d"])
    func noTime(text: String) {
        #expect(throws: ValueError.self) { try TimeSpan(argument: text) }
    }

    @Test("variables")
    func variables() throws {
        #expect(try EnvironmentEntry(argument: "A=b=c d") == EnvironmentEntry(name: "A", value: "b=c d"))
        #expect(try EnvironmentEntry(argument: "_x9=") == EnvironmentEntry(name: "_x9", value: ""))
        #expect(try EnvironmentEntry(argument: "TOKEN") == EnvironmentEntry(name: "TOKEN", value: nil))
        for text in ["", "=x", "9A=x", "A-B=x", "Ä=x", "A B", "A\n=x"] {
            #expect(throws: ValueError.self) { try EnvironmentEntry(argument: text) }
        }
    }
}

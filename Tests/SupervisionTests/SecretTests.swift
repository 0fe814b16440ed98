import System
import TaskModel
import Testing

@testable import Supervision

@Suite("Variables by reference") struct SecretTests {
    private func resolve(_ reference: String, _ environment: [String: String] = [:]) async throws -> String {
        try await SecretReference(reference).value(
            for: "KEY", environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }, home: "/var/tmp")
    }

    @Test("each kind gives its value, without the line's end")
    func values() async throws {
        let file = "/var/tmp/task-secret-\(UInt64.random(in: 0...UInt64.max))"
        try Files.replace(file, with: Array("from a file\n".utf8))
        defer { try? Files.remove(file) }
        #expect(try await resolve("env:OTHER", ["OTHER": "from a variable"]) == "from a variable")
        #expect(try await resolve("file:\(file)") == "from a file")
        #expect(try await resolve("file:~/\(Files.name(of: file))") == "from a file")
        #expect(try await resolve("command:printf 'a b\\n\\n'; echo noise >&2") == "a b")
        #expect(try await resolve("command:pwd") == "/var/tmp")
        #expect(try await resolve("value:env:X") == "env:X")
    }

    @Test("what goes wrong is told with variable and reference, and without what was read")
    func failures() async throws {
        let file = "/var/tmp/task-secret-\(UInt64.random(in: 0...UInt64.max))"
        try Files.replace(file, with: [0x68, 0x75, 0x73, 0x68, 0xff])
        defer { try? Files.remove(file) }
        let cases = [
            ("env:OTHER", "which is not set"),
            ("file:/nowhere/key", "which cannot be read: cannot open '/nowhere/key'"),
            ("file:\(file)", "which is not text"), ("command:echo hush; exit 3", "which ended with exit code 3"),
            ("command:true", "which is empty"),
            ("command:head -c 70000 /dev/zero | tr '\\0' h", "which printed more than 65536 bytes"),
        ]
        for (reference, reason) in cases {
            let error = await #expect(throws: TaskError.self) { try await resolve(reference) }
            let expected = "the variable 'KEY' is to come from \(reference), \(reason)"
            #expect(error?.message.hasPrefix(expected) == true, "\(String(describing: error))")
            #expect(error?.exitCode == 125)
            let told = "\(error?.message.replacing(reference, with: "") ?? "")"
            #expect(!told.contains("hush") && !told.contains("hhh"))
        }
    }

    @Test("what is no reference is refused without being repeated", arguments: ["sk-secret", "", "http://x", "Env:A"])
    func mistakes(text: String) {
        let mistake = #expect(throws: SecretReference.Mistake.self) { try SecretReference(text) }
        #expect(mistake?.reason.hasPrefix("no reference: env:NAME") == true)
    }

    @Test("a stored variable keeps the reference, and a text that is no secret as it is")
    func stored() throws {
        let entry = EnvironmentEntry(name: "A", from: try SecretReference("command:pass show a"))
        #expect(entry == EnvironmentEntry(name: "A", value: nil, reference: "command:pass show a"))
        let text = EnvironmentEntry(name: "A", from: try SecretReference("value:x"))
        #expect(text == EnvironmentEntry(name: "A", value: "x"))
    }
}

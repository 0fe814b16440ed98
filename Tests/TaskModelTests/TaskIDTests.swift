import Testing

@testable import TaskModel

@Suite("Task names") struct TaskIDTests {
    @Test(
        "names that may stand in a path, a label and a ref",
        arguments: [
            "a", "0", "fix-login", "a--b", "a-", "0-9", String(repeating: "a", count: 40),
        ])
    func valid(name: String) throws {
        let id = try #require(TaskID(name))
        #expect(id.description == name)
        #expect(id.branch == "task/\(name)")
        #expect(try Golden.decode([TaskID].self, "[\"\(name)\"]") == [id])
        #expect(try Golden.encode([id]).contains("\"\(name)\""))
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "-", "-a", "A", "aB", "a_b", "a.b", ".", "..", "a/b", "/", "a b", " a", "a\n", "\n", "a\0", "ä", "é",
            "a\u{301}",
            "１", "а", String(repeating: "a", count: 41), "a.lock", "~", "$x", "a:b", "@{",
        ])
    func invalid(name: String) throws {
        #expect(TaskID(name) == nil)
        let json = try Golden.encode([name])
        #expect(throws: DecodingError.self) { try Golden.decode([TaskID].self, json) }
    }

    @Test("names sort as text")
    func order() throws {
        let names = ["b", "a-b", "a", "10", "9"]
        #expect(names.compactMap { TaskID($0) }.sorted().map(\.description) == ["10", "9", "a", "a-b", "b"])
    }
}

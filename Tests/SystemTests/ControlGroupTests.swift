import System
import Testing

@Suite("What a control group tells") struct ControlGroupTests {
    private func place(_ scratch: Scratch, _ groups: String, _ files: [String: String]) throws {
        for (path, text) in files {
            try Files.makeDirectory(Files.parent(of: scratch.file(path)))
            try scratch.write(path, text)
        }
        try Files.makeDirectory(scratch.file("proc/42"))
        try scratch.write("proc/42/cgroup", groups)
    }

    private func usage(_ scratch: Scratch, naming mark: String = "c0ffee") -> ControlGroup.Usage? {
        ControlGroup(of: 42, naming: mark, processes: scratch.file("proc"), root: scratch.file("cgroup"))?.usage
    }

    @Test("version 2: one directory")
    func unified() throws {
        let scratch = try Scratch()
        let group = "cgroup/machine/libpod-c0ffee.scope"
        try place(
            scratch, "0::/machine/libpod-c0ffee.scope\n",
            [
                "\(group)/memory.current": "5000\n", "\(group)/memory.stat": "anon 1\ninactive_file 1000\n",
                "\(group)/cpu.stat": "usage_usec 77\nuser_usec 1\n",
            ])
        #expect(usage(scratch) == ControlGroup.Usage(processorTime: 77_000, memory: 4000))
        #expect(usage(scratch, naming: "decaf") == nil)
        #expect(usage(scratch, naming: "") == nil)
    }

    @Test("version 1: a directory for each controller, alone or together", arguments: ["cpuacct", "cpu,cpuacct"])
    func separate(controllers: String) throws {
        let scratch = try Scratch()
        try place(
            scratch, "0::/docker/c0ffee\n4:memory:/docker/c0ffee\n2:\(controllers):/docker/c0ffee\n",
            [
                "cgroup/memory/docker/c0ffee/memory.usage_in_bytes": "5000\n",
                "cgroup/memory/docker/c0ffee/memory.stat": "inactive_file 1\ntotal_inactive_file 6000\n",
                "cgroup/\(controllers)/docker/c0ffee/cpuacct.usage": "99\n",
            ])
        #expect(usage(scratch) == ControlGroup.Usage(processorTime: 99, memory: 0))
    }

    @Test("what cannot be seen from here, or is another process's, is nothing")
    func missing() throws {
        let scratch = try Scratch()
        #expect(usage(scratch) == nil)
        try place(scratch, "4:memory:/docker/c0ffee\n2:cpuacct:/docker/c0ffee\n0::/docker/c0ffee\ngarbage\n", [:])
        #expect(usage(scratch) == nil)
        #expect(ControlGroup(of: 1, naming: "c0ffee") == nil)
    }
}

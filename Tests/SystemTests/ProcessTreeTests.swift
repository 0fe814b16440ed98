import Foundation
import Glibc
import System
import Testing

@Suite("What a process and its children use") struct ProcessTreeTests {
    @Test("what a child's child has computed is counted, and nothing of a tree that is gone")
    func tree() throws {
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exec sleep 60"
        let pipe = try Descriptor.pipe()
        let child = try ChildProcess(
            Subprocess("sh", ["-c", "sh -c '\(busy)'; :"]), output: .descriptor(pipe.write), ownSession: true)
        defer {
            child.signal(SIGKILL, group: true)
            _ = child.wait()
        }
        let root = try #require(RunningProcess(child.pid))
        #expect(try pipe.read.read(atMost: 100) == Array("done\n".utf8))
        let usage = try #require(ProcessTree.usage(of: root))
        #expect(usage.processorTime >= 10_000_000 && usage.processorTime < 60_000_000_000)
        #expect(usage.memory > 100_000 && usage.memory < 1 << 30)
        child.signal(SIGKILL, group: true)
        #expect(eventually { ProcessTree.usage(of: root) == nil })
    }
}

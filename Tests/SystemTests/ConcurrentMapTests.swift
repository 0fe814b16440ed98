import Synchronization
import System
import Testing

@Suite("mapping on all processors")
struct ConcurrentMapTests {
    @Test("each element once, in their order", arguments: [0, 1, 1000])
    func order(count: Int) {
        let calls = Atomic(0)
        let result = Array(5..<(5 + count)).concurrentMap { number in
            calls.add(1, ordering: .relaxed)
            return "\(number)"
        }
        #expect(result == (5..<(5 + count)).map(String.init))
        #expect(calls.load(ordering: .relaxed) == count)
    }

    @Test("a slice begins at its own index, and nil is a value like others")
    func slice() {
        #expect([1, 2, 3, 4][2...].concurrentMap { $0 * 2 } == [6, 8])
        #expect([1, 2, 3].concurrentMap { $0 == 2 ? nil : $0 } == [1, nil, 3])
    }
}

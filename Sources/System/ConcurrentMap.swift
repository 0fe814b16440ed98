import Dispatch
import Synchronization

extension RandomAccessCollection where Self: Sendable, Index == Int, Element: Sendable {
    /// What a function makes of each element, in their order, on all processors: for work that takes longer than to hand
    /// it out.
    public func concurrentMap<Result: Sendable>(_ transform: @Sendable (Element) -> Result) -> [Result] {
        let results = Mutex<[Result?]>(Array(repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = transform(self[startIndex + index])
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap(\.self) }
    }
}

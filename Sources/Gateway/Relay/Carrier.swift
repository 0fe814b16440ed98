import System

/// Moves bytes from one socket to another. Little goes through one buffer that all connections share; what
/// comes in bulk is spliced through a pipe, which moves pages instead of copying them. What a slow target does not
/// take is kept for it, and nothing more is read for it meanwhile.
struct Carrier {
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes that one flow passes on before it is others' turn.
    private let share: UInt64
    private let memory: Int
    /// What is read at once when half of the memory is in use. So much of every flow fits into the other half.
    private let morsel: Int
    private var pipes: Pipes
    /// Bytes that flows hold and withhold.
    private var kept = 0

    init(limits: GatewayLimits) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, limits.buffer), alignment: 4096)
        share = UInt64(max(1, limits.share))
        memory = limits.memory
        pipes = Pipes(limit: limits.pipes, size: limits.pipeSize)
        morsel = max(1, min(limits.buffer, limits.memory / (4 * max(1, limits.connections))))
    }

    /// Gives back the buffer; the carrier must not be used after that.
    func close() { buffer.deallocate() }

    /// Lets go of what no connection needs.
    mutating func rest() { pipes.release() }

    // MARK: What is kept

    /// Keeps bytes that are to be sent before anything else; false where there is no room.
    mutating func hold(_ bytes: [UInt8], in flow: inout Flow) -> Bool {
        guard reserve(bytes.count) else { return false }
        flow.held = flow.held.isEmpty ? bytes : flow.held + bytes
        return true
    }

    /// Takes note that so many bytes more are kept while they are looked at; false where there is no room.
    mutating func withhold(_ count: Int, in flow: inout Flow) -> Bool {
        guard reserve(count) else { return false }
        flow.withheld += count
        return true
    }

    /// Takes note that what was looked at is no longer kept.
    mutating func release(_ flow: inout Flow) {
        kept -= flow.withheld
        flow.withheld = 0
    }

    /// Gives up what a flow has.
    mutating func drop(_ flow: inout Flow) {
        forget(&flow)
        release(&flow)
        releasePipe(of: &flow)
    }

    private mutating func reserve(_ count: Int) -> Bool {
        guard kept + count <= memory else { return false }
        kept += count
        return true
    }

    private mutating func forget(_ flow: inout Flow) {
        kept -= flow.held.count
        flow.held = []
        flow.sent = 0
    }

    // MARK: Moving

    /// Receives what is there into the buffer and says how much; zero means the end, nil nothing yet.
    private func fill(_ flow: inout Flow, from source: Descriptor) throws(SystemError) -> Int? {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(kept > memory / 2 ? morsel : buffer.count)])
        switch ByteTransfer.receive(from: source, into: room) {
        case .moved(let count):
            // Less than there was room for means that the source is empty now, and that more would be news.
            if count < room.count, !flow.isEnding { flow.canRead = false }
            return count
        case .wouldWait:
            flow.canRead = false
            return nil
        case .failed(let code): throw SystemError("receive from", "a connection", code: code)
        }
    }

    /// Receives bytes to be looked at before anything is dialled; none mean the end, nil nothing yet.
    func receive(_ flow: inout Flow, from source: Descriptor) throws(SystemError) -> [UInt8]? {
        try fill(&flow, from: source).map { Array(buffer[..<$0]) }
    }

    /// Passes on what there is, as far as it goes and the flow's share allows.
    mutating func carry(
        _ flow: inout Flow, from source: Descriptor, to target: Descriptor, past guardian: inout HTTPGuard?
    ) -> Flow.Outcome {
        if flow.isDone { return .done }
        let end = flow.carried + share
        while flow.carried < end {
            if flow.piped > 0 || !flow.held.isEmpty, let outcome = deliver(&flow, to: target) { return outcome }
            if flow.hasEnded {
                ByteTransfer.endSending(over: target)
                flow.isDone = true
                return .done
            }
            guard flow.canRead else { return .waiting }
            if !flow.isBusy { releasePipe(of: &flow) }
            let isSpliced = flow.isBusy && guardian == nil && takePipe(for: &flow)
            let outcome =
                isSpliced
                ? splice(&flow, from: source) : pass(&flow, from: source, to: target, past: &guardian)
            if let outcome { return outcome }
        }
        return .more
    }

    /// Sends what the flow holds; nil when that is all.
    private mutating func deliver(_ flow: inout Flow, to target: Descriptor) -> Flow.Outcome? {
        while flow.sent < flow.held.count {
            guard flow.canWrite else { return .waiting }
            let outcome = flow.held.withUnsafeBytes {
                ByteTransfer.send(UnsafeRawBufferPointer(rebasing: $0[flow.sent...]), over: target)
            }
            guard let count = note(outcome, in: &flow) else { return .targetFailed }
            flow.sent += count
        }
        forget(&flow)
        while flow.piped > 0, let pipe = flow.pipe {
            guard flow.canWrite else { return .waiting }
            let outcome = ByteTransfer.move(from: pipe.read, to: target, atMost: flow.piped)
            guard let count = note(outcome, in: &flow) else { return .targetFailed }
            flow.piped -= count
        }
        return nil
    }

    /// Whether so much came at once that what comes next is spliced.
    private func isMuch(_ count: Int) -> Bool { count >= buffer.count / 2 }

    /// Moves what the source has into the flow's pipe, which is empty and is given back where there is nothing.
    private mutating func splice(_ flow: inout Flow, from source: Descriptor) -> Flow.Outcome? {
        guard let pipe = flow.pipe else { return .waiting }
        switch ByteTransfer.move(from: source, to: pipe.write, atMost: pipes.size) {
        case .moved(let count) where count > 0:
            flow.piped = count
            flow.isBusy = isMuch(count)
            return nil
        case .moved: flow.hasEnded = true
        case .wouldWait: flow.canRead = false
        case .failed: return .sourceFailed
        }
        releasePipe(of: &flow)
        return nil
    }

    private mutating func takePipe(for flow: inout Flow) -> Bool {
        if flow.pipe == nil { flow.pipe = pipes.take() }
        return flow.pipe != nil
    }

    private mutating func releasePipe(of flow: inout Flow) {
        guard let pipe = flow.pipe else { return }
        pipes.put(pipe, isEmpty: flow.piped == 0)
        flow.pipe = nil
        flow.piped = 0
    }

    /// Receives what the source has and sends it at once; what the target does not take is held.
    private mutating func pass(
        _ flow: inout Flow, from source: Descriptor, to target: Descriptor, past guardian: inout HTTPGuard?
    ) -> Flow.Outcome? {
        let count: Int
        do throws(SystemError) {
            guard let received = try fill(&flow, from: source) else { return nil }
            count = received
        } catch {
            return .sourceFailed
        }
        if count == 0 {
            flow.hasEnded = true
            return nil
        }
        flow.isBusy = isMuch(count)
        if guardian != nil { return inspect(count, &flow, past: &guardian) }
        var sent = 0
        if flow.canWrite {
            let outcome = ByteTransfer.send(UnsafeRawBufferPointer(rebasing: buffer[..<count]), over: target)
            guard let moved = note(outcome, in: &flow) else { return .targetFailed }
            sent = moved
        }
        return sent == count || hold(Array(buffer[sent..<count]), in: &flow) ? nil : .overfull
    }

    /// Lets the guard look at what was received; what it lets through is held, to be sent next.
    private mutating func inspect(
        _ count: Int, _ flow: inout Flow, past guardian: inout HTTPGuard?
    ) -> Flow.Outcome? {
        switch guardian?.take(Array(buffer[..<count])) {
        case .forward(let bytes):
            // Once a head is whole, it is passed on; what is kept then is the beginning of the next one.
            if !bytes.isEmpty { release(&flow) }
            return withhold(max(0, count - bytes.count), in: &flow) && hold(bytes, in: &flow) ? nil : .overfull
        case .refuse(let refusal): return .refused(refusal)
        case nil: return .sourceFailed
        }
    }

    /// Takes note of what was sent and says how much; nil where the target takes no more.
    private func note(_ outcome: ByteTransfer.Outcome, in flow: inout Flow) -> Int? {
        switch outcome {
        case .moved(let count):
            flow.carried += UInt64(count)
            return count
        case .wouldWait:
            flow.canWrite = false
            return 0
        case .failed: return nil
        }
    }
}

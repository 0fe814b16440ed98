import FoundationEssentials
import Glibc
import Supervision
import Synchronization
import System
import TaskModel
import TaskStore

/// The dashboard on a real terminal: waits for keys, signals and news, and draws what has changed.
final class TopLoop {
    /// What other threads have to say.
    private final class Mailbox: Sendable {
        struct Content {
            var signals: [Int32] = []
            var notices: [(text: String, isError: Bool)] = []
        }

        private let content = Mutex(Content())
        private let ends: (read: Descriptor, write: Descriptor)

        init() throws(SystemError) {
            ends = try Descriptor.pipe()
            try ends.read.setNonBlocking()
            try ends.write.setNonBlocking()
        }

        var number: Int32 { ends.read.number }

        func wake() { try? ends.write.write([0]) }

        func post(_ change: (inout Content) -> Void) {
            content.withLock { change(&$0) }
            wake()
        }

        func take() -> Content {
            _ = try? ends.read.read(atMost: 4096)
            return content.withLock { content in
                defer { content = Content() }
                return content
            }
        }
    }

    private let service: TaskService
    private let isColored: Bool
    private let screen = TerminalScreen()
    private let dashboard: Dashboard
    private let mailbox: Mailbox
    private var model = TopModel()
    private var keys = KeyReader()
    private var shown: Frame?
    /// Signals that are for whatever has the terminal.
    private static let others = [SIGWINCH, SIGINT, SIGQUIT, SIGTSTP, SIGCONT]
    private var others: [SignalWatch] = []

    init(_ service: TaskService, isColored: Bool) throws(TaskError) {
        self.service = service
        self.isColored = isColored
        dashboard = try Dashboard()
        do throws(SystemError) {
            mailbox = try Mailbox()
        } catch {
            throw TaskError(error.description)
        }
    }

    /// Runs until the user leaves.
    ///
    /// - Returns: the signal that ended it; nil where the user did.
    func run() throws(TaskError) -> Int32? {
        let mailbox = mailbox
        let endings = watch([SIGTERM, SIGHUP])
        others = watch(Self.others)
        defer { withExtendedLifetime(endings) { screen.leave() } }
        try take()
        try dashboard.begin(service) { mailbox.wake() }
        defer { dashboard.stop() }
        while true {
            draw()
            switch wait() {
            case nil: return SIGHUP
            case .some(let bytes):
                let news = mailbox.take()
                for notice in news.notices { model.say(notice.text, isError: notice.isError) }
                for number in news.signals {
                    switch number {
                    case SIGWINCH: break
                    case SIGTSTP: try suspend()
                    // Whoever stopped this process may have changed the terminal meanwhile.
                    case SIGCONT: try takeAgain()
                    default: return number
                    }
                }
                for key in read(bytes) {
                    if let action = model.press(key), try !perform(action) { return nil }
                }
            }
        }
    }

    private func watch(_ numbers: [Int32]) -> [SignalWatch] {
        let mailbox = mailbox
        return numbers.map { number in SignalWatch([number]) { mailbox.post { $0.signals.append(number) } } }
    }

    private func take() throws(TaskError) {
        do throws(SystemError) {
            try screen.enter()
        } catch {
            throw TaskError(error.description, next: "task list")
        }
        shown = nil
    }

    private func takeAgain() throws(TaskError) {
        screen.leave()
        try take()
    }

    private func suspend() throws(TaskError) {
        screen.suspend()
        try take()
    }

    /// Draws what is not on the screen yet.
    private func draw() {
        let size = Terminal.size(of: STDOUT_FILENO) ?? Terminal.Size()
        (model.columns, model.rows) = (Int(size.columns), Int(size.rows))
        model.unreadable = dashboard.unreadable
        dashboard.includeOld(model.showsOld)
        if let tasks = dashboard.tasks { model.show(tasks, now: Date()) }
        dashboard.focus(model.selected)
        let frame = model.frame(now: Date())
        let bytes = frame.bytes(after: shown, isColored: isColored)
        shown = frame
        if !bytes.isEmpty { screen.write(bytes) }
    }

    /// Waits for something to happen, at most a second, and returns what was typed; nil where the terminal is gone.
    private func wait() -> [UInt8]? {
        var entries = [STDIN_FILENO, mailbox.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // A lone escape is the key itself where nothing follows soon.
        if poll(&entries, 2, keys.isPending ? 50 : 1000) <= 0 || entries[0].revents == 0 { return [] }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private func read(_ bytes: [UInt8]) -> [Key] { bytes.isEmpty ? keys.flush() : keys.read(bytes) }

    /// Does what a key asked for; false where it was to leave.
    private func perform(_ action: TopModel.Action) throws(TaskError) -> Bool {
        switch action {
        case .quit: return false
        case .redraw: shown = nil
        case .suspend: try suspend()
        case .attach(let id): try attach(id)
        case .diff(let id): try diff(id)
        case .stop(let id):
            model.say("stopping '\(id)'")
            inBackground("'\(id)' has stopped; d shows what it changed") { (service) throws(TaskError) in
                try service.stop(try service.task(id.description), graceSeconds: 10)
            }
        case .send(let id, let text):
            inBackground("sent to '\(id)'") { (service) throws(TaskError) in
                try service.send(text, to: try service.task(id.description), pressEnter: true)
            }
        }
        return true
    }

    /// Does what may take a while beside everything else, and says in the end how it went.
    private func inBackground(_ done: String, _ body: @escaping @Sendable (TaskService) throws(TaskError) -> Void) {
        let (service, mailbox, dashboard) = (service, mailbox, dashboard)
        let work: @Sendable () -> Void = {
            let notice: (text: String, isError: Bool)
            do throws(TaskError) {
                try body(service)
                notice = (done, false)
            } catch {
                notice = (error.message, true)
            }
            mailbox.post { $0.notices.append(notice) }
            dashboard.lookNow()
        }
        do throws(SystemError) {
            try WorkerThread(stack: 4 << 20, work).letGo()
        } catch {
            model.say(error.description, isError: true)
        }
    }

    /// Gives the terminal to something else for a while.
    private func handOver(_ body: () throws(TaskError) -> Void) throws(TaskError) {
        screen.leave()
        // What is typed there is for the other program: an interrupt ends nothing here, and Ctrl-Z stops both.
        others = []
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        do throws(TaskError) {
            try body()
        } catch {
            model.say(error.message, isError: true)
        }
        signal(SIGINT, SIG_DFL)
        signal(SIGQUIT, SIG_DFL)
        others = watch(Self.others)
        try take()
        dashboard.lookNow()
    }

    private func attach(_ id: TaskID) throws(TaskError) {
        let service = service
        try handOver { () throws(TaskError) in
            let task = try service.task(id.description)
            try service.requireRunning(task)
            try HostTerminal(service: service, task: task).run()
        }
    }

    private func diff(_ id: TaskID) throws(TaskError) {
        model.say("looking what '\(id)' has changed")
        draw()
        model.hush()
        var text: [String]?
        let (service, isColored) = (service, isColored)
        try handOver { () throws(TaskError) in
            text = try TopDiff(service: service, task: try service.task(id.description), isColored: isColored).show()
        }
        if let text { model.read("changes of \(id)", text) }
    }
}

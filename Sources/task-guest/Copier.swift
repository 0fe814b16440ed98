import Glibc

/// `task-guest copy [PID]`: what tmux pipes the agent's output into. It copies until it is told, by the hang-up of a FIFO,
/// that the last output has been made; then what it was given by then is all there is. tmux cannot tell it: it keeps the
/// pipe of a dead pane open.
func copyOutput(_ paths: Paths) throws(GuestError) {
    let output = open(paths.output, O_WRONLY | O_CLOEXEC)
    guard output >= 0 else { throw .system("open \(paths.output)") }
    // In this order: once somebody reads this FIFO, somebody writes to the other.
    let drain = open(paths.drain, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard drain >= 0 else { throw .system("open \(paths.drain)") }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        var polled = [STDIN_FILENO, drain].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, 2, -1) >= 0 || errno == EINTR else { throw .system("wait for output") }
        if polled[0].revents != 0 {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0, writeAll(Array(buffer[..<count]), to: output) else { return }
        } else if polled[1].revents != 0 {
            return
        }
    }
}

import Glibc
import GuestProtocol

/// The first process of a sandbox, and the start of the agent's own; `docs/guest-protocol.md` tells the whole story.
@main
enum TaskGuest {
    static let version = "0.1.0"

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do throws(GuestError) {
            switch arguments.first {
            case "init": try startAsInit(Array(arguments.dropFirst()))
            case "host" where arguments.count == 1: try startOnHost()
            case "agent": try runAgent(try Paths(helper: Array(arguments.dropFirst())))
            case "copy": try copyOutput(try Paths(helper: Array(arguments.dropFirst())))
            case "archive": try Archive.run(Array(arguments.dropFirst()))
            case "probe" where arguments.count == 1: try Probe.run()
            default:
                throw GuestError(
                    "usage: task-guest init --uid N --gid N [--listen udp|tcp:PORT]... [--own PATH]... | host | "
                        + "agent [PID] | copy [PID] | probe | archive --uid N --gid N [--exclude PATH]...")
            }
        } catch {
            complain(error.reason)
            exit(error.exitCode)
        }
    }

    private static func startAsInit(_ arguments: [String]) throws(GuestError) {
        do throws(GuestError) {
            var guest = try Guest(startup: try InitArguments(arguments))
            exit(guest.run())
        } catch {
            // Whoever waits on the socket learns the reason there; the engine's log has it in any case.
            Connection.reportAndClose(.failure(request: 0, reason: error.reason), to: Paths.sandbox(user: 0).control)
            throw error
        }
    }

    private static func startOnHost() throws(GuestError) {
        do throws(GuestError) {
            var guest = try Guest(onHost: ())
            let status = guest.run()
            guest.endEverything()
            exit(status)
        } catch {
            Connection.reportAndClose(
                .failure(request: 0, reason: error.reason), to: Paths.host(guest: getpid()).control)
            throw error
        }
    }
}

/// Writes one line to standard error, which is the engine's log.
func complain(_ reason: String) {
    let line = Array("task-guest: \(reason)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

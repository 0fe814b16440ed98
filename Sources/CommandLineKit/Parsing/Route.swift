/// The program itself, or one of its commands, and what was typed to get there.
struct Route {
    let program: Program
    /// `["task", "image", "build"]`.
    private(set) var path: [String]
    /// Nil for the program itself.
    private(set) var command: Command?

    init(_ program: Program) {
        self.program = program
        path = [program.name]
    }

    /// `task image build`.
    var text: String { path.joined(separator: " ") }

    /// Nil for a command that does something itself.
    var subcommands: [Command]? {
        if let command { command.subcommands } else { program.commands }
    }

    func appending(_ command: Command) -> Route {
        var route = self
        route.path.append(command.name)
        route.command = command
        return route
    }

    /// Follows the names at the start of `words` as far as they are commands; returns the words that remain.
    func following(_ words: [String]) -> (route: Route, remaining: ArraySlice<String>) {
        var route = self
        var remaining = words[...]
        while let word = remaining.first, let command = route.subcommands?.first(where: { $0.name == word }) {
            route = route.appending(command)
            remaining.removeFirst()
        }
        return (route, remaining)
    }
}

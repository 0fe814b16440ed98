import CommandLineKit
import Testing

@Suite("Faults of a declaration")
struct FaultTests {
    private func faults(_ commands: [Command], examples: [Example] = []) -> [String] {
        Program(
            name: "task", version: "1", summary: "Run agents", sections: [Section("All", commands)], examples: examples
        ).faults
    }

    private func command(
        _ name: String = "run", summary: String = "Run", discussion: String = "", options: [any CommandOption] = [],
        arguments: [any CommandArgument] = [], examples: [Example] = [Example("task --help", "Help")],
        isHidden: Bool = false
    ) -> Command {
        Command(
            name, summary: summary, discussion: discussion, options: options, arguments: arguments, examples: examples,
            isHidden: isHidden
        ) { _ in .success }
    }

    @Test("a sound program has none")
    func sound() {
        #expect(Sample.program.faults.isEmpty)
    }

    @Test("names")
    func names() {
        #expect(faults([command(), command()]) == ["command 'run' is declared twice"])
        #expect(faults([command("help")]) == ["command 'help' is reserved"])
        #expect(faults([command("Run")]) == ["'task Run' has a name that is not of a-z, 0-9 and '-'"])
        let twins = Command("image", summary: "Images", subcommands: [command("build"), command("build")])
        #expect(faults([twins]) == ["'task image' declares command 'build' twice"])
        let deep = Command("a", summary: "A", subcommands: [Command("b", summary: "B", subcommands: [command("c")])])
        #expect(faults([deep]) == ["'task a b' is nested too deeply"])
    }

    @Test("options")
    func options() {
        let twice = [Flag("all", short: "a", help: "All"), Flag("any", short: "a", help: "Any")]
        #expect(faults([command(options: twice)]) == ["'task run' declares '-a' twice"])
        #expect(
            faults([command(options: [Flag("help", help: "Help")])]) == ["'task run' declares '--help' twice"])
        #expect(
            faults([command(options: [Flag("all", short: "-", help: "All")])])
                == ["'task run' --all has a short form that is no letter or digit"])
        #expect(
            faults([command(options: [Flag("all", help: "All.")])])
                == ["'task run' --all is described by 'All.', which is not one line without a full stop"])
        let dynamic = Option<String>("task", value: "TASK", help: "Which", completion: .dynamic("task"))
        #expect(
            faults([command(options: [dynamic])])
                == ["'task run' --task is completed by 'task', which the program does not provide"])
    }

    @Test("arguments that could never be given")
    func arguments() {
        let optional = OptionalArgument<String>("A", help: "A")
        let required = Argument<String>("B", help: "B")
        let repeated = RepeatedArgument<String>("C", help: "C")
        let rest = RestArguments("D", help: "D")
        #expect(faults([command(arguments: [required, optional, repeated, rest])]).isEmpty)
        #expect(faults([command(arguments: [optional, required])]) == ["'task run' has A before B"])
        #expect(faults([command(arguments: [rest, required])]) == ["'task run' has D before B"])
        #expect(
            faults([command(arguments: [repeated, RepeatedArgument<String>("E", help: "E")])])
                == ["'task run' has C before E"])
        #expect(faults([command(arguments: [required, required])]) == ["'task run' declares B twice"])
    }

    @Test("examples")
    func examples() {
        #expect(faults([command(examples: [])]) == ["'task run' has no example"])
        #expect(faults([command(examples: [], isHidden: true)]).isEmpty)
        #expect(
            faults([command(examples: [Example("task run --all", "Run all")])])
                == ["'task run' has an example that does not parse: unknown option '--all'"])
        let wide = Example("make " + String(repeating: "x", count: 72), "Make")
        #expect(faults([command()], examples: [wide]) == ["the program has an example wider than the screen"])
    }

    @Test("prose")
    func prose() {
        #expect(
            faults([command(summary: "")])
                == ["'task run' is described by '', which is not one line without a full stop"])
        let wide = "Words.\n\n  " + String(repeating: "x", count: 79)
        #expect(faults([command(discussion: wide)]) == ["'task run' has a line wider than the screen"])
    }
}

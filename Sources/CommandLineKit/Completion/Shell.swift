/// A shell that completions can be written for.
public enum Shell: String, ChoiceValue {
    case bash, zsh, fish
}

extension Program {
    /// The script that makes `shell` complete this program's command lines. It holds no names of its own: at each use
    /// it asks the program, through the hidden word `__complete`, so it need not be renewed with a new version.
    public func completionScript(for shell: Shell) -> String {
        let template =
            switch shell {
            case .bash: bashTemplate
            case .zsh: zshTemplate
            case .fish: fishTemplate
            }
        return template.replacing("PROGRAM", with: name) + "\n"
    }
}

extension Command {
    /// `completion bash`: prints the script. The program called `program` lists it in one of its sections.
    public static func completion(for program: String) -> Command {
        let shell = Argument<Shell>("SHELL", help: "The shell to write it for")
        return Command(
            "completion", summary: "Print a completion script for a shell",
            discussion: """
                Have the shell read it at its start:

                  ~/.bashrc                     source <(\(program) completion bash)
                  ~/.zshrc, after compinit      source <(\(program) completion zsh)
                  ~/.config/fish/config.fish    \(program) completion fish | source
                """,
            arguments: [shell],
            examples: [Example("source <(\(program) completion bash)", "Complete in this shell from now on")]
        ) { invocation in
            invocation.output.write(invocation.program.completionScript(for: invocation[shell]))
            return .success
        }
    }
}

import CommandLineKit

/// `task reference`: the documents that are made from the commands' declarations.
enum ReferenceCommand {
    enum Form: String, ChoiceValue {
        case markdown, man
    }

    static let form = Argument<Form>("FORM", help: "The form")

    static let command = Command(
        "reference", summary: "Print the reference of all commands", arguments: [form], isHidden: true,
        handler: { invocation in
            let program = invocation.program
            invocation.output.write(invocation[form] == .man ? program.manPage : program.markdown)
            return .success
        })
}

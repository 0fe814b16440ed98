import CommandLineKit

/// `task reference`: the documents that are made from the commands' declarations.
enum ReferenceCommand {
    enum Form: String, ChoiceValue {
        case markdown, man, pages
    }

    static let form = Argument<Form>("FORM", help: "The form; 'pages' lists the pages of the manual")
    static let page = OptionalArgument<String>("PAGE", help: "The page of the manual: task-run, for instance")

    static let command = Command(
        "reference", summary: "Print the reference of all commands", arguments: [form, page], isHidden: true,
        handler: { invocation in
            let program = invocation.program
            let pages = program.manPages
            switch invocation[form] {
            case .markdown: invocation.output.write(program.markdown)
            case .pages: invocation.output.write(pages.map { "\($0.name)\n" }.joined())
            case .man:
                let name = invocation[page] ?? "task"
                guard let page = pages.first(where: { $0.name == name }) else {
                    throw UsageError("the manual has no page '\(name)'; 'task reference pages' lists them")
                }
                invocation.output.write(page.text)
            }
            return .success
        })
}

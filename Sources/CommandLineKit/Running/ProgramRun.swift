extension Program {
    /// Does what the words ask for. `arguments` are those after the program's own name.
    ///
    /// What was asked for goes to `output`, everything else to `errorOutput`. Nothing is thrown: a wrong command line
    /// is reported and ends in `ExitCode.usage`, a `ReportableError` in its own code, any other error in `.failure`.
    public func run(
        arguments: [String], environment: [String: String], output: TextOutput, errorOutput: TextOutput
    ) async -> ExitCode {
        let request: Request
        do {
            request = try self.request(arguments, environment: environment)
        } catch {
            report(error.text, to: errorOutput)
            return .usage
        }
        switch request {
        case .help(let route, let full):
            output.write(HelpPage(route: route, isFull: full).text)
        case .version:
            output.writeLine("\(name) \(version)")
        case .complete(let words):
            output.write(await Completer(program: self, environment: environment).answer(words))
        case .run(let route, let handler, let values, let verbosity):
            let invocation = Invocation(
                program: self, environment: environment, output: output, errorOutput: errorOutput,
                verbosity: verbosity, route: route, values: values)
            return await perform(handler, invocation)
        }
        return .success
    }

    private func perform(_ handler: Command.Handler, _ invocation: Invocation) async -> ExitCode {
        do {
            return try await handler(invocation)
        } catch let error as UsageError {
            report(Refusal(error: error, route: invocation.route).text, to: invocation.errorOutput)
            return error.exitCode
        } catch let error as any ReportableError {
            report(error.message, to: invocation.errorOutput)
            return error.exitCode
        } catch {
            report(String(describing: error), to: invocation.errorOutput)
            return .failure
        }
    }

    /// An error's text may quote what a sandbox said: nothing in it may reach the terminal as a control sequence.
    private func report(_ text: String, to output: TextOutput) {
        output.writeLine("\(name): \(escaped(text, keepingNewlines: true))")
    }
}

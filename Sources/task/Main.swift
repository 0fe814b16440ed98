import TaskCommands

@main
struct Main {
    static func main() async {
        await TaskProgram.main()
    }
}

import System
import TaskModel

/// The command that runs a task's setup steps and then the agent in their place. One fixed script reads all of it from
/// its arguments: no word of a step or of the agent's command ever becomes part of a script.
enum SetupProgram {
    /// Its arguments: the file whose presence says that the first start's steps have succeeded; then for each step what
    /// to do with it (`once`, `always`), its name, how many words it has, and these; `done` stands behind the last `once`;
    /// then `run` and the agent's command. `"${1}" "${2}" …` names words by their numbers, and so is all that is evaluated.
    static let script = #"""
        mark=$1; shift
        first=yes; [ ! -e "$mark" ] || first=no
        while [ "$1" != run ]; do
            if [ "$1" = done ]; then shift; : >"$mark"; continue; fi
            when=$1 name=$2 count=$3 words='' number=0; shift 3
            while [ "$number" -lt "$count" ]; do number=$((number + 1)); words="$words \"\${$number}\""; done
            if [ "$when" = always ] || [ "$first" = yes ]; then
                printf '[task: %s]\n' "$name"
                (eval "exec $words")
                code=$?
                if [ "$code" != 0 ]; then
                    printf '[task: %s failed: exit code %s]\n' "$name" "$code"
                    exit "$code"
                fi
            fi
            shift "$count"
        done
        shift
        exec "$@"
        """#

    /// What is run so that the steps come before a command: the command itself where there are none.
    static func words(_ steps: [SetupStep], before command: [String], mark: String) -> [String] {
        let steps = steps.filter { !$0.command.isEmpty }
        if steps.isEmpty { return command }
        var words = ["/bin/sh", "-c", script, "task-setup", mark]
        let last = steps.lastIndex { !$0.isRepeated }
        for (index, step) in steps.enumerated() {
            words += [
                step.isRepeated ? "always" : "once", PlainText.line(step.name, limit: 80), "\(step.command.count)",
            ]
            words += step.command
            if index == last { words.append("done") }
        }
        return words + ["run"] + command
    }
}

/// fish 3.
let fishTemplate = #"""
    # fish completion for PROGRAM

    function __PROGRAM_complete
        set -l before (commandline --cut-at-cursor --current-process --tokenize)
        set -e before[1]
        set -l current (commandline --cut-at-cursor --current-token)
        set -l reply (PROGRAM __complete $before "$current" 2>/dev/null)
        set -l prefix (string match --regex -- '^--[^=]*=' "$current")
        set -l path (string replace --regex -- '^--[^=]*=' '' "$current")
        switch "$reply[1]"
            case values
                set -e reply[1]
                printf '%s\n' $reply
            case files
                printf '%s\n' "$prefix"(__fish_complete_path "$path")
            case directories
                printf '%s\n' "$prefix"(__fish_complete_directories "$path")
        end
    end

    complete --command PROGRAM --no-files --arguments '(__PROGRAM_complete)'
    """#

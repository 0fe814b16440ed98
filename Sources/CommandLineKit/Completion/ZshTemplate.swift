/// zsh 5. Works when it is sourced, and as a file `_PROGRAM` in a directory of `fpath`.
let zshTemplate = #"""
    #compdef PROGRAM
    # zsh completion for PROGRAM

    _PROGRAM() {
        local -a before reply values keys
        local line
        before=("${(@Q)words[2,CURRENT-1]}")
        reply=("${(@f)$(PROGRAM __complete "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
        case ${reply[1]} in
        values)
            for line in "${(@)reply[2,-1]}"; do
                if [[ $line == *$'\t'* ]]; then
                    values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
                elif [[ $line == *= ]]; then
                    keys+=("${line//:/\\:}")
                else
                    values+=("${line//:/\\:}")
                fi
            done
            _describe -t values PROGRAM values -- keys -S ''
            ;;
        files)
            [[ $PREFIX == --*=* ]] && compset -P 1 '*='
            _files
            ;;
        directories)
            [[ $PREFIX == --*=* ]] && compset -P 1 '*='
            _files -/
            ;;
        esac
    }

    if [[ ${funcstack[1]} == _PROGRAM ]]; then
        _PROGRAM "$@"
    else
        compdef _PROGRAM PROGRAM
    fi
    """#

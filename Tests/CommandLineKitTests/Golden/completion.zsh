#compdef task
# zsh completion for task

_task() {
    local -a before reply values keys
    local line
    before=("${(@Q)words[2,CURRENT-1]}")
    reply=("${(@f)$(task __complete "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
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
        _describe -t values task values -- keys -S ''
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

if [[ ${funcstack[1]} == _task ]]; then
    _task "$@"
else
    compdef _task task
fi

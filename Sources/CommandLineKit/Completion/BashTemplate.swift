/// bash 4.4 or newer. Bash breaks words at `=` and `:`, which are part of a word here, so words that no blank separates
/// are joined; and it replaces only what follows the last break, so that much is cut off the candidates.
let bashTemplate = #"""
    # bash completion for PROGRAM

    _PROGRAM() {
        local line=${COMP_LINE:0:COMP_POINT} words=() reply=() word i
        for ((i = 0; i <= COMP_CWORD; i++)); do
            word=${COMP_WORDS[i]}
            if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then
                line=${line#"${line%%[![:blank:]]*}"}
                words+=("")
            fi
            if ((i == COMP_CWORD)); then word=$line; fi
            words[${#words[@]} - 1]+=$word
            line=${line#"$word"}
        done

        local current=${words[${#words[@]} - 1]} breaks=${COMP_WORDBREAKS//[^=:]/} kept=""
        if [[ -n $breaks && $current == *["$breaks"]* ]]; then
            kept=${current%"${current##*["$breaks"]}"}
        fi

        mapfile -t reply < <(PROGRAM __complete "${words[@]:1}" 2>/dev/null)
        COMPREPLY=()
        case ${reply[0]-} in
        values)
            for word in "${reply[@]:1}"; do
                word=${word%%$'\t'*}
                COMPREPLY+=("${word#"$kept"}")
            done
            if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
            ;;
        files | directories)
            local path=$current prefix="" action=file
            if [[ $path == --*=* ]]; then prefix=${path%%=*}= path=${path#*=}; fi
            if [[ ${reply[0]} == directories ]]; then action=directory; fi
            mapfile -t COMPREPLY < <(compgen -A "$action" -P "$prefix" -- "$path")
            COMPREPLY=("${COMPREPLY[@]#"$kept"}")
            compopt -o filenames 2>/dev/null
            ;;
        esac
    }

    complete -F _PROGRAM PROGRAM
    """#

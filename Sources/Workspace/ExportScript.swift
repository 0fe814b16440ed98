public import TaskModel

/// Programs for `/bin/sh` that run inside the sandbox as the agent's user, where the agent's repository can do no harm.
/// They need `git` (2.25 or newer) and what POSIX has; they write nowhere but to a fresh directory in `/tmp`.
public enum ExportScript {
    /// The exit code that says: nothing differs from the base commit, so there is no bundle.
    public static let nothingNew: Int32 = 3

    /// The program that writes one git bundle to its standard output: `refs/task/head` (the commit that is checked
    /// out), `refs/task/branch` (`task/<id>`), `refs/task/heads/<name>` (the other branches) and `refs/task/wip` (a
    /// commit on top of HEAD that holds what was not committed), each only where it has something that the base
    /// commit has not. Lines on its standard error that start with `task: ` say what could not be exported; where
    /// that was all there is, it exits with 1.
    ///
    /// - Parameters:
    ///   - workspace: where the clone is mounted; it may be read-only.
    ///   - objects: where the mirror's objects are mounted.
    ///   - snapshot: false leaves uncommitted work out, for when it is too large.
    public static func arguments(
        workspace: String, task: TaskID, base: Base, objects: String, snapshot: Bool = true
    ) -> [String] {
        ["/bin/sh", "-c", exporting, "sh", workspace, base.commit, task.branch, objects, snapshot ? "snapshot" : ""]
    }

    /// The program that prints the id of the commit that is checked out, without running git; it exits with 1 where
    /// there is none.
    public static func headArguments(workspace: String) -> [String] {
        ["/bin/sh", "-c", readingHead, "sh", workspace]
    }

    private static let readingHead = #"""
        cd "$1/.git" 2>/dev/null && [ -f HEAD ] && read -r head <HEAD || exit 1
        case $head in
        'ref: refs/heads/'*) name=${head#ref: } ;;
        *) printf '%s\n' "$head"; exit ;;
        esac
        if [ -f "$name" ]; then
            read -r head <"$name" && printf '%s\n' "$head"
            exit
        fi
        [ -f packed-refs ] || exit 1
        while read -r id ref; do
            if [ "$ref" = "$name" ]; then printf '%s\n' "$id"; exit; fi
        done <packed-refs
        exit 1
        """#

    /// Nothing of the agent's configuration, hooks or attributes counts: a scratch repository borrows the objects of
    /// both, and gets copies of the branches, of the index (for speed alone) and of `info/exclude`.
    private static let exporting = #"""
        workspace=$1 base=$2 branch=$3 objects=$4 snapshot=$5
        say() { printf 'task: %s\n' "$*" >&2; }
        lost() { say "$*"; incomplete=1; }
        incomplete=
        cd / && umask 077 || exit 1
        unset $(git rev-parse --local-env-vars) GIT_NAMESPACE GIT_CEILING_DIRECTORIES GIT_TRACE
        scratch=$(mktemp -d /tmp/task-export.XXXXXX) || exit 1
        trap 'rm -rf "$scratch"' EXIT
        trap 'exit 1' HUP INT TERM
        export HOME="$scratch" XDG_CONFIG_HOME="$scratch" LC_ALL=C
        export GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1
        export GIT_NO_REPLACE_OBJECTS=1 GIT_OPTIONAL_LOCKS=0

        repository=$scratch/repository agent=$workspace/.git
        case ${#base} in
        40) git init -q --bare --template= "$repository" ;;
        *) git init -q --bare --template= --object-format=sha256 "$repository" ;;
        esac || exit 1
        ln -s "$agent/objects" "$scratch/objects"
        printf '%s\n' "$objects" >"$repository/objects/info/alternates"
        if [ -d "$agent/objects" ]; then
            printf '%s\n' "$scratch/objects" >>"$repository/objects/info/alternates"
        fi
        mkdir "$repository/info"
        for part in packed-refs shallow info/exclude; do
            if [ -f "$agent/$part" ]; then cp "$agent/$part" "$repository/$part"; fi
        done
        if [ -d "$agent/refs/heads" ]; then cp -R "$agent/refs/heads" "$repository/refs/"; fi
        export GIT_DIR="$repository" GIT_WORK_TREE="$workspace" GIT_INDEX_FILE="$scratch/index"
        heads() { git for-each-ref --count=150 --format='%(objectname) %(refname)' refs/heads >"$scratch/heads"; }
        heads || { lost 'packed-refs is damaged and was left out'; rm -f "$repository/packed-refs"; heads; }

        # True for a commit that the base has not and whose history is whole.
        new() {
            found=$(git rev-list -n 1 "$1" "^$base") && [ -n "$found" ] || return 1
            git rev-list --quiet --objects "$1" "^$base" && return
            lost "$2 is damaged and was left out"
            return 1
        }

        head=
        if [ -f "$agent/HEAD" ]; then read -r head <"$agent/HEAD" || head=; fi
        case $head in
        '') ;;
        'ref: refs/heads/'*) head=$(git rev-parse -q --verify "${head#ref: }^{commit}") || head= ;;
        *[!0-9a-f]*) head= ;;
        *) head=$(git rev-parse -q --verify "$head^{commit}") || head= ;;
        esac
        parent=$base
        if [ -z "$head" ]; then
            say 'no commit is checked out'
        elif new "$head" HEAD; then
            git update-ref refs/task/head "$head"
            parent=$head
        elif git rev-list --quiet --objects "$head" "^$base"; then
            parent=$head
        fi

        while read -r id name; do
            name=${name#refs/heads/}
            case $name in
            "$branch") new "$id" "$name" && git update-ref refs/task/branch "$id" ;;
            *) new "$id" "$name" && git update-ref "refs/task/heads/$name" "$id" ;;
            esac
        done <"$scratch/heads"

        # A repository inside the workspace would be recorded as a commit id without any file: records its files.
        flatten() {
            rm -f "$scratch/nested"
            tree=$(
                cd "$workspace/$1" || exit 1
                export GIT_WORK_TREE="$workspace/$1" GIT_INDEX_FILE="$scratch/nested"
                git -c advice.addEmbeddedRepo=false add -A --ignore-errors . >&2
                git write-tree
            ) || return 1
            git update-index --force-remove -- "$1" && git read-tree --prefix="$1/" "$tree" || return 1
            say "the files of the nested repository '$1' were exported without its history"
        }
        nested() {
            {
                git ls-files -o --exclude-standard
                git diff-index --cached --raw --no-renames --diff-filter=AT "$parent" |
                    while read -r _ mode _ _ _ name; do [ "$mode" = 160000 ] && printf '%s/\n' "$name"; done
            } >"$scratch/found"
            again=
            while read -r name; do
                case $name in
                '"'*) say "the nested repository $name was left out: its name needs quotes" ;;
                */) [ -e "$workspace/${name}.git" ] && flatten "${name%/}" && again=1 ;;
                esac
            done <"$scratch/found"
            [ -n "$again" ]
        }

        # Prints the tree of the working tree as it is, starting from whatever index is there.
        snapshot() {
            git -c advice.addEmbeddedRepo=false add -A --ignore-errors . >&2
            [ $? -lt 128 ] || return 1
            rounds=0
            while [ $rounds -lt 8 ] && nested; do rounds=$((rounds + 1)); done
            git write-tree
        }

        if [ -n "$snapshot" ] && cd "$workspace"; then
            tree=
            if [ -f "$agent/index" ]; then cp -p "$agent/index" "$GIT_INDEX_FILE" && tree=$(snapshot); fi
            if [ -z "$tree" ]; then
                rm -f "$GIT_INDEX_FILE" "$GIT_INDEX_FILE.lock"
                git read-tree "$parent" && tree=$(snapshot)
            fi
            if [ -z "$tree" ]; then
                lost 'uncommitted work could not be exported'
            elif [ "$tree" != "$(git rev-parse "$parent^{tree}")" ]; then
                export GIT_AUTHOR_NAME=task GIT_AUTHOR_EMAIL=task@localhost
                export GIT_COMMITTER_NAME=task GIT_COMMITTER_EMAIL=task@localhost
                # The same files give the same commit, whenever it is made.
                GIT_AUTHOR_DATE="@$(git log -1 --format=%ct "$parent") +0000"
                export GIT_AUTHOR_DATE GIT_COMMITTER_DATE="$GIT_AUTHOR_DATE"
                wip=$(git commit-tree "$tree" -p "$parent" -m 'Uncommitted work') && git update-ref refs/task/wip "$wip"
            fi
        fi

        if [ -z "$(git for-each-ref --count=1 refs/task)" ]; then
            [ -z "$incomplete" ] || exit 1
            exit 3
        fi
        git bundle create -q - --glob='refs/task/*' "^$base"
        """#
}

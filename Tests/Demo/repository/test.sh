#!/bin/sh
# The tests of leap.sh.
failed=0
expect() {
    answer=$(./leap.sh "$1")
    if [ "$answer" = "$2" ]; then
        echo "ok      $1: $2"
    else
        echo "failed  $1: expected $2, got $answer"
        failed=1
    fi
}
expect 2023 no
expect 2024 yes
expect 2000 yes
expect 1900 no
exit $failed

#!/bin/sh
# Stands for an agent: prints, asks, and tries to reach what it may not.
case $1 in
fix-login)
    echo 'Reading src/session.py and tests/test_session.py'
    echo 'The expiry is compared in local time; both sides should be UTC.'
    echo 'timestamps are UTC' >>src/session.txt && git commit -qam 'Compare expiry in UTC'
    for test in login logout renew expires refuses_unknown; do
        echo "tests/test_session.py::test_session_$test PASSED"
        sleep 0.4
    done
    echo 'Running the whole suite'
    number=0
    while :; do
        number=$((number + 1))
        echo "tests: $number of 412 passed"
        sleep 0.5
    done
    ;;
add-search)
    echo 'Plan: an index of words beside the calendar, and `calendar search WORD`'
    echo 'Shall the index be kept on disk, or made anew each time?'
    echo 'waiting which of two designs' >"$TASK_STATUS"
    ;;
update-docs)
    echo 'Looking for the style guide'
    curl -sS https://docs.example.com/style || :
    curl -sS https://docs.example.com/style || :
    echo 'Going on without it: 3 of 7 pages are done'
    ;;
esac
exec sleep 1000

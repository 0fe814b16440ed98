#!/bin/sh
# Stands for a coding agent: it sees a test fail, changes the program, sees the test pass, and commits.
set -eu
echo 'agent: the tests say'
if ./test.sh; then exit 0; fi
echo 'agent: every hundredth year is no leap year, unless it is a four-hundredth one'
# shellcheck disable=SC2016 # the text goes into the program as it is
sed -i 's/^if .*/if [ $((year % 4)) -eq 0 ] \&\& { [ $((year % 100)) -ne 0 ] || [ $((year % 400)) -eq 0 ]; }; then/' leap.sh
echo 'agent: now they say'
./test.sh
git commit -q -m 'Follow the Gregorian rule for centuries' leap.sh
echo "agent: committed to $TASK_BRANCH"

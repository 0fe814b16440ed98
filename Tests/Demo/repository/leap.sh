#!/bin/sh
# Says whether a year is a leap year.
#
#   ./leap.sh 2024
year=$1
if [ $((year % 4)) -eq 0 ]; then
    echo yes
else
    echo no
fi

#!/bin/sh
# Stands in for the cost reports that three search engines offer over HTTP, with two of the ways
# in which such things fail, on purpose and always alike:
#   so360 refuses the first attempt;
#   sogou breaks off in the middle of the file of 2015-09-20.
#
#   fake_api.sh ENGINE DATE ATTEMPT
set -eu
engine=$1 date=$2 attempt=$3
here=$(dirname "$0")

if [ "$engine" = so360 ] && [ "$attempt" = 1 ]; then
  echo "so360: 503 Service Unavailable (on purpose: the first attempt always fails)" >&2
  exit 22
fi

report() { awk -v engine="$engine" -v date="$date" -f "$here/random.awk" -f "$here/fake_api.awk"; }

if [ "$engine $date" = "sogou 2015-09-20" ]; then
  report | head -c 500
else
  report
fi

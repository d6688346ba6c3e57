#!/bin/sh
# Makes the files in source/ from flights-20k.json and airports.csv of the npm package
# vega-datasets 3.2.1. It was needed once; the result is kept in git.
#
#   convert-source.sh PACKAGE_DATA_FOLDER SOURCE_FOLDER
set -eu
package=$1 source=$2
mkdir -p "$source"
cp "$package/airports.csv" "$source/airports.csv"

# A record is {"date": "2001/01/01 00:47", "delay": 66, "distance": 1750, "origin": "DTW",
# "destination": "LAS"}. Its order is kept, one CSV is written for each day.
sqlite3 -batch -bail -separator , :memory: "
  select replace(substr(value ->> 'date', 1, 10), '/', '-'), substr(value ->> 'date', 12),
         value ->> 'delay', value ->> 'distance', value ->> 'origin', value ->> 'destination'
  from json_each(readfile('$package/flights-20k.json')) order by key" |
  awk -F, -v folder="$source" '
    $1 != day {
      if (day) close(path)
      day = $1
      path = folder "/" day ".csv"
      print "date,time,delay,distance,origin,destination" > path
    }
    { print > path }'

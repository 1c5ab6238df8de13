#!/usr/bin/env python3
"""Writes guide_rows.txt: which rows the official HL7 v2-to-FHIR guide has, by their ids alone.

Usage: guide_rows.py ROWS.jsonl > guide_rows.txt

ROWS.jsonl holds one object a row with `id` (`S|PID[Patient]|PID-5|1`: kind, map, source, number) and `mappable`: whether the row says
what becomes of something. A line of the output stands for the rows of one source, their numbers in ranges.
"""
import json, sys


def ranges(numbers):
    parts, start = [], numbers[0]
    for number, following in zip(numbers, numbers[1:] + [None]):
        if following != number + 1:
            parts.append(str(start) if start == number else f'{start}-{number}')
            start = following
    return ','.join(parts)


rows = {}
with open(sys.argv[1]) as file:
    for row in map(json.loads, file):
        if row['mappable']:
            source, number = row['id'].rsplit('|', 1)
            rows.setdefault(source, []).append(int(number))
print('# The rows of the HL7 v2-to-FHIR guide 1.0.0 that say what becomes of something. Made by guide_rows.py.')
for source in sorted(rows):
    print(f'{source}|{ranges(sorted(rows[source]))}')

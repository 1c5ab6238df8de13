#!/usr/bin/env python3
"""Writes maps/fhir/v2_tables.map, the codes of HL7 v2's tables as FHIR R4 has them, from HL7's own definitions (CC0).

Usage: v2_tables.py v2-tables.xml > maps/fhir/v2_tables.map

The file is that of FHIR R4 (the definitions download of hl7.org/fhir/R4, or org/hl7/fhir/r4/model/valueset of the Maven artifact
hapi-fhir-validation-resources-r4).
"""
import re, sys, xml.etree.ElementTree as tree

NS = '{http://hl7.org/fhir}'
PREFIX = 'http://terminology.hl7.org/CodeSystem/v2-'


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = []
    for system in tree.parse(sys.argv[1]).getroot().iter(NS + 'CodeSystem'):
        url = system.find(NS + 'url').get('value')
        codes = sorted({concept.find(NS + 'code').get('value') for concept in system.iter(NS + 'concept')}, key=lambda code: code.encode())
        if re.fullmatch(re.escape(PREFIX) + r'\d{4}', url):
            lines.append('\t'.join([url[len(PREFIX):], *codes]))
    print('# Made by v2_tables.py from the FHIR R4 definitions of HL7 International (CC0). Not to be edited by hand.')
    print('# A table a line: its number and its codes in the order of their bytes, with tabs between them.')
    print('\n'.join(sorted(lines)))


main()

#!/usr/bin/env python3
"""Writes maps/fhir/R4.map, the elements of FHIR R4 that mapping files may name, from HL7's own definitions (CC0).

Usage: r4_elements.py FOLDER > maps/fhir/R4.map

FOLDER holds profiles-types.xml, profiles-resources.xml and valuesets.xml of FHIR R4 (the definitions download of hl7.org/fhir/R4,
or org/hl7/fhir/r4/model/{profile,valueset} of the Maven artifact hapi-fhir-validation-resources-r4).
"""
import collections, pathlib, sys, xml.etree.ElementTree as tree

NS = '{http://hl7.org/fhir}'
RESOURCES = """Account AllergyIntolerance Appointment Basic Binary Bundle CareTeam ChargeItem Condition Consent Coverage Device
DeviceRequest DiagnosticReport DocumentReference Encounter EpisodeOfCare Flag Group HealthcareService Immunization Location
Medication MedicationAdministration MedicationDispense MedicationRequest MessageHeader NutritionOrder Observation OperationOutcome Organization
Patient Person Practitioner PractitionerRole Procedure Provenance RelatedPerson RequestGroup Schedule ServiceRequest Slot Specimen
Substance SupplyRequest Task""".split()
MOST_CODES = 60  # a longer list is a code system of its own (languages, media types, currencies)


def get(node, path):
    found = node.find('/'.join(NS + step for step in path.split('/')))
    return '' if found is None else found.get('value', '')


def concepts(node):
    for concept in node.findall(NS + 'concept'):
        yield get(concept, 'code')
        yield from concepts(concept)


def code_lists(folder):
    systems, sets = {}, {}
    for entry in tree.parse(folder / 'valuesets.xml').getroot().findall(f'{NS}entry/{NS}resource'):
        one = entry[0]
        (systems if one.tag == NS + 'CodeSystem' else sets)[get(one, 'url')] = one
    lists = {}
    for url, one in sets.items():
        codes, whole = [], True
        for include in one.findall(f'{NS}compose/{NS}include'):
            system = systems.get(get(include, 'system'))
            named = list(concepts(include))
            whole &= bool(named) or (system is not None and include.find(NS + 'filter') is None)
            codes += named or (list(concepts(system)) if system is not None else [])
        if whole and 0 < len(codes) <= MOST_CODES and one.find(f'{NS}compose/{NS}exclude') is None:
            lists[url] = codes
    return lists


def definitions(folder):
    for name in ('profiles-types.xml', 'profiles-resources.xml'):
        for entry in tree.parse(folder / name).getroot().findall(f'{NS}entry/{NS}resource'):
            one = entry[0]
            if one.tag == NS + 'StructureDefinition' and get(one, 'derivation') != 'constraint':
                yield one


def is_wanted(one):
    kind, name = get(one, 'kind'), get(one, 'type')
    return kind == 'complex-type' or name in RESOURCES or name in ('Resource', 'DomainResource')


def type_of(element):
    types = collections.OrderedDict()
    for one in element.findall(NS + 'type'):
        code = get(one, 'code').split('/')[-1].replace('System.String', 'string')
        targets = [t.get('value').split('/')[-1] for t in one.findall(NS + 'targetProfile')]
        types[code] = '|'.join(targets)
    return [f'{code}({targets})' if targets and targets != 'Resource' else code for code, targets in types.items()]


def main():
    folder = pathlib.Path(sys.argv[1])
    lists = code_lists(folder)
    print('# Made by r4_elements.py from the FHIR R4 definitions of HL7 International (CC0). Not to be edited by hand.')
    print('# name, how often (? 0..1, 1 1..1, * 0..*, + 1..*), types; after = the only codes that are allowed.')
    for one in filter(is_wanted, definitions(folder)):
        root = get(one, 'type')
        base = get(one, 'baseDefinition').split('/')[-1]
        groups = collections.OrderedDict({root: (base, [])})
        for element in one.findall(f'{NS}differential/{NS}element'):
            path = get(element, 'path')
            if '.' not in path:
                continue
            parent, name = path.rsplit('.', 1)
            least, most = get(element, 'min'), get(element, 'max')
            if most == '0':
                continue
            often = {('0', '1'): '?', ('1', '1'): '1', ('0', '*'): '*', ('1', '*'): '+'}.get((least, most), '*')
            same = get(element, 'contentReference').lstrip('#')
            types = [same] if same else type_of(element)
            if types in (['BackboneElement'], ['Element']):
                groups[path] = (types[0], [])
                types = [path]
            codes = []
            if types == ['code'] and get(element, 'binding/strength') == 'required':
                codes = lists.get(get(element, 'binding/valueSet').split('|')[0], [])
            groups[parent][1].append(' '.join([name, often, *types] + (['=', *codes] if codes else [])))
        for name, (parent, lines) in groups.items():
            print(f'type {name} {parent or "-"}')
            for line in lines:
                print('    ' + line)


main()

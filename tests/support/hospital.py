"""The configuration that most whole-system tests start from: a hospital's feeds, a practice, and folders that receive."""
from support.system import free_ports

TEMPLATE = """node: flow
data: data
bus: {bus}
listeners:
  pas: {{mllp: {{port: {pas}}}, adapter: hl7v2{pas_extra}}}
  lims: {{mllp: {{port: {lims}}}, adapter: hl7v2}}
  gp: {{http: {{port: {gp}}}, adapter: fhir}}
routes:
  - {{name: admissions, when: {{type: ADT, trigger: [A01, A02, A03]}}, topic: adt, publish: fhir, to: {to_fhir}}}
  - {{name: results, when: {{type: ORU}}, topic: oru.v2, publish: original, to: {to_v2}}}
  - {{name: from practices, when: {{source: gp}}, topic: gp, publish: fhir, to: {to_fhir}}}
{routes}destinations:
{destinations}
ops: {{port: {ops}}}
retention: {{disk_reserve: 64MiB}}
"""

FOLDERS = """  records: {folder: {path: records}}
  lab: {folder: {path: lab}}"""


class Hospital:
    """A running Tieline of that configuration. Ports: pas, lims (MLLP), gp (HTTP), ops."""

    def __init__(self, system, destinations=FOLDERS, to_fhir="[records]", to_v2="[lab]", bus="{kind: embedded, partitions: 3}",
                 pas_extra="", routes=""):
        self.system = system
        self.pas, self.lims, self.gp, self.ops = free_ports(4)
        self.parts = dict(bus=bus, destinations=destinations, to_fhir=to_fhir, to_v2=to_v2, pas_extra=pas_extra, routes=routes)
        for folder in ("records", "lab"):
            (system.folder / folder).mkdir(exist_ok=True)
        self.broker = None

    def text(self, **changes):
        ports = dict(pas=self.pas, lims=self.lims, gp=self.gp, ops=self.ops)
        return TEMPLATE.format(**(self.parts | ports | changes))

    def start(self, **changes):
        """Starts it, again after a stop, with the changes; waits until it is ready."""
        self.broker = self.system.broker(self.text(**changes), self.ops).ready()
        return self

    def files(self, folder):
        """What a folder destination has received: {name: content}, in the order of the Tieline ids."""
        found = [one for one in (self.system.folder / folder).iterdir() if one.suffix in (".json", ".hl7")]
        found.sort(key=lambda one: int(one.stem.rsplit(".", 1)[-1]))
        return {one.name: one.read_bytes().decode() for one in found}

"""Checks of a source: its database, and its tables against their designs."""

from pipeline.designs.model import Design
from pipeline.figures import count
from pipeline.procedures.drift import compare_source
from pipeline.procedures.dump.split import TID_RANGE_SCAN
from pipeline.procedures.operations.doctor.finding import Finding
from pipeline.settings import Source
from pipeline.stores.upstream.database import Upstream


def server(upstream: Upstream) -> Finding:
    """Connect to a source's database."""
    what = f"{upstream.name} upstream"
    with upstream.snapshot() as session:
        facts = session.facts()
    kind = " (standby)" if facts.standby else ""
    version = f"{facts.version // 10000}.{facts.version % 10000}"
    found = f"{upstream.place}: PostgreSQL {version}{kind}"
    if facts.version < TID_RANGE_SCAN:
        advice = "large tables are dumped over one connection; over several from PostgreSQL 14 on"
        return Finding(what, "warning", found, advice)
    return Finding(what, "ok", found)


def tables(source: Source, designs: list[Design], upstream: Upstream) -> Finding:
    """Check that the tables of a source exist, are readable, and match their designs."""
    what = f"{source.name} tables"
    if not designs:
        advice = f"write designs: pipeline design '{source.name}.*'"
        return Finding(what, "warning", "there are no designs for this source", advice)
    found = compare_source(source, designs, upstream)
    faults = [
        f"{name}: {finding.message}"
        for name, findings in found.items()
        for finding in findings
        if not finding.warning
    ]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        advice = f"see all: pipeline validate '{source.name}'"
        return Finding(what, "fault", f"{faults[0]}{more}", advice, 3)
    return Finding(what, "ok", f"{count(len(designs), 'table')} exist and match their designs")

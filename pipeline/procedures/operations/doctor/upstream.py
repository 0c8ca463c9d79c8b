"""Checks of a source: its database, and its tables against their designs."""

from collections.abc import Iterable, Sequence

from pipeline.designs.model.design import Design
from pipeline.figures import count
from pipeline.procedures.drift import compare_source
from pipeline.procedures.dump.split import TID_RANGE_SCAN
from pipeline.procedures.operations.doctor.finding import Finding
from pipeline.settings import Source
from pipeline.sql.statement import upstream_identifier
from pipeline.sql.upstream.prerequisites import sees_transactions
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


def follows_transactions(designs: Iterable[Design]) -> list[Design]:
    """Return the tables whose next load begins at the start of the oldest running transaction."""
    return [
        design
        for design in designs
        if design.extract.incremental and design.extract.incremental.follows_transactions
    ]


def transactions(source: str, designs: Sequence[Design], upstream: Upstream) -> Finding:
    """Check that the user sees the transactions by which these tables are loaded incrementally.

    Otherwise, a table with a ``lag`` is loaded by it, and one without cannot be.
    """
    what = f"{source} transactions"
    with upstream.snapshot() as session:
        [row] = session.query(sees_transactions())
    user = row["user_name"]
    if row["standby"]:
        problem = "a standby shows no transaction of its primary"
        advice = "read from the primary"
    elif not row["sees_all"]:
        problem = f"'{user}' does not see the transactions of other users"
        advice = f"GRANT pg_read_all_stats TO {upstream_identifier(user)}"
    elif row["prepared"]:
        found = f"{count(row['prepared'], 'prepared transaction')}, behind which no position moves"
        return Finding(what, "warning", found, "end those left behind: see pg_prepared_xacts")
    else:
        return Finding(what, "ok", f"'{user}' sees those of all users")
    without = [str(design.name) for design in designs if not _lag(design)]
    if without:
        found = f"{problem}, and there is no lag: {', '.join(without)}"
        return Finding(what, "fault", found, f"{advice}; or set a lag in the design", 3)
    names = ", ".join(str(design.name) for design in designs)
    found = f"{problem}; positions are the largest value less the lag: {names}"
    return Finding(what, "warning", found, f"to rely on transactions instead: {advice}")


def _lag(design: Design) -> object:
    return design.extract.incremental and design.extract.incremental.lag

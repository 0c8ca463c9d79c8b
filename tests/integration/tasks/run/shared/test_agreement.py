"""Machines agree on a run by an object in S3, as long as luigid knows one of them."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from pipeline.errors import StorageError, UsageError
from pipeline.presence import Presence
from pipeline.stores.s3.bucket import S3Store
from pipeline.tasks.run.journal import Identity
from pipeline.tasks.run.shared import agreement, membership
from pipeline.tasks.run.shared.agreement import Place, agree, end
from pipeline.tasks.run.shared.failures import has_failed_elsewhere, report_failure
from pipeline.tasks.run.shared.machines import Machines
from pipeline.tasks.run.shared.membership import Membership
from tests.support.servers.luigid import Luigid

TERMS = agreement.Terms({"task": "LoadAll"}, "1.0", {"dump": "1"}, {"www/a.yaml": "1"})


@pytest.fixture
def place(store: S3Store) -> Place:
    return Place(store, "p/runs/nightly.json", "p/runs/nightly/")


@dataclass(frozen=True, slots=True)
class Machine(Machines):
    """A machine of this process, told apart from others by a number."""

    number: str = ""

    def worker(self, run: str) -> str:
        return f"Worker(run={self.name}, id={run}, host=db{self.number}, pid=1)"


def test_machines_join_while_one_is_alive_and_begin_anew_after_the_end(
    place: Place, luigid: Luigid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "PINGS", 0.0)
    machines = [Machine(luigid.url, "nightly", number=str(n)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        [run] = set(pool.map(lambda each: agree(place, each, TERMS), machines))
    assert machines[0].living(run) == {each.worker(run) for each in machines}

    other = replace(TERMS, designs={"www/a.yaml": "2"}, release="2.0")
    with pytest.raises(UsageError) as refused:
        agree(place, machines[0], other)
    for text in (
        "--warehouse-run nightly: this machine differs from db0 (process 1), db1 (process 1), ",
        "\n    release of the pipeline: 2.0 here, 1.0 there\n    design files: www/a.yaml\n",
    ):
        assert text in str(refused.value)

    assert [end(place, run, each.worker(run)) for each in machines] == [True, False, False, False]
    place.s3.write(f"{place.folder}{run}-machine-db0-1.jsonl", b"")
    second = agree(place, machines[0], other)
    assert second != run
    assert list(place.s3.list(place.folder)) == []

    machines[0].leave(second)  # as if it had died: the run has not ended
    assert agree(place, machines[1], TERMS) not in {run, second}


def test_an_object_of_something_else_is_not_replaced(place: Place, luigid: Luigid) -> None:
    place.s3.write(place.key, b'{"version": 2}')
    with pytest.raises(StorageError, match="not of this version of the pipeline"):
        agree(place, Machines(luigid.url, "nightly"), TERMS)
    assert place.s3.read(place.key) == b'{"version": 2}'


def test_an_optional_failure_is_known_on_other_machines(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    task: Identity = ("CopyTable", "www.a", "2026-11-21")
    member = Membership(Machines("", "nightly"), place, secrets.token_hex(4))
    monkeypatch.setattr(membership, "_decided", [member])
    keys = Presence(lambda: {item.key for item in place.s3.list(place.folder)}, lambda _: ())
    monkeypatch.setattr(Membership, "reports", keys)
    assert not has_failed_elsewhere(("CopyTable", "www.b", "2026-11-21"))
    keys._asked = None
    report_failure(task, b"{}\n")
    assert has_failed_elsewhere(task)
    assert not has_failed_elsewhere(("CopyTable", "www.b", "2026-11-21"))

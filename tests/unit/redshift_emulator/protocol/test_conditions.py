"""The conditions of a cluster: the notation of faults, and when they happen."""

import pytest

from redshift_emulator.protocol.conditions import Conditions, Fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("conflict", Fault("conflict")),
        ("conflict 2", Fault("conflict", 2)),
        ("read_only 1 all", Fault("read_only", 1, None)),
        ("copy 3 2 1204", Fault("copy", 3, 2, 1204)),
        ("copy 3 all 1204", Fault("copy", 3, None, 1204)),
    ],
)
def test_a_fault_is_read_and_shown(text, fault):
    assert Fault.parse(text) == fault
    assert Fault.parse(str(fault)) == fault


@pytest.mark.parametrize(
    "text", ["explode", "conflict 0", "conflict x", "conflict 1 2 3", "copy 1 1 1 1", "copy all"]
)
def test_another_fault_is_refused_with_the_notation(text):
    with pytest.raises(ValueError, match=r"fault '.*': (expected NAME|only 'copy')"):
        Fault.parse(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("copy", [1]), ("copy 3", [3]), ("copy 2 2", [2, 3]), ("copy 4 all", [4, 5])],
)
def test_a_fault_happens_from_its_number_on_as_often_as_it_says(text, numbers):
    assert [number for number in range(1, 6) if Fault.parse(text).happens(number)] == numbers


def test_conditions_are_read_from_the_configuration():
    document = {"latency_ms": 50, "serverless": True, "faults": ["copy 3", "conflict"]}
    expected = Conditions(
        latency_ms=50, serverless=True, faults=(Fault("copy", 3), Fault("conflict"))
    )
    assert Conditions.parse(document) == expected


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"latency": 1}, "unknown key 'latency'"),
        ({"latency_ms": -1}, "latency_ms: found -1, expected milliseconds up to 60000"),
        ({"commit_ms": "soon"}, "commit_ms: found 'soon'"),
        ({"s3_ms": 1e9}, "s3_ms: found"),
        ({"serverless": "perhaps"}, "serverless: found 'perhaps', expected on or off"),
        ({"faults": ["explode"]}, "fault 'explode'"),
    ],
)
def test_an_invalid_condition_is_named(document, message):
    with pytest.raises(ValueError, match=message):
        Conditions.parse(document)

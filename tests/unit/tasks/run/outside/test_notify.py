"""Messages to users: their texts, and that no URL, value of a row or host is in them."""

import datetime as dt
import json
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.freshness import Freshness
from pipeline.procedures.operations.freshness import Reading, Verdict
from pipeline.tasks.run.outside.notify import (
    Recipient,
    address,
    failure_lines,
    is_recovery,
    message,
    notify_after_run,
    old_lines,
)
from pipeline.tasks.run.summary import Outcome, Run

WRONG = """\
www.orders: the new rows do not pass 1 check; the table keeps its old rows.
status accepted_values: 2 wrong rows, such as (id = 7, email = ann@example.com)
Fix the rows upstream."""

DOWN = 'connection to server at "db.example.com" (10.0.0.5), port 5432 failed: Connection refused'


def run(*outcomes: Outcome, **more: Any) -> Run:
    return Run("2026-11-21", outcomes, 3, 9.7, "luigi --module pipeline LoadAll", **more)


def failed(number: int, text: str = WRONG, *, optional: bool = False) -> Outcome:
    name = f"www.table_{number}"
    return Outcome("CopyTable", name, "failed", message=text, optional=optional)


def test_a_failure_is_told_without_rows_and_hosts():
    text = "\n".join(failure_lines(run(failed(1), failed(2, DOWN))))
    assert text.startswith("Run of 2026-11-21: 0 tasks done in 9.7 s, 3 were complete before, 2 F")
    assert "CopyTable www.table_1:\n    www.orders: the new rows do not pass 1 check" in text
    assert "2 wrong rows, such as ***" in text
    for secret in ("ann@", "= 7", "db.example.com", "10.0.0.5"):
        assert secret not in text


def test_many_failures_are_counted_and_long_messages_are_cut():
    outcomes = [failed(number, f"{number} {'long ' * 500}") for number in range(14)]
    lines = list(failure_lines(run(*outcomes)))
    assert lines[-1] == "and 4 other failures"
    assert len("\n".join(lines)) < 8000


def test_a_failure_that_is_not_required_is_no_reason():
    some = run(failed(1, optional=True), Outcome("CopyTable", "www.a", "not run", optional=True))
    assert some.undone == ()
    assert [each.relation for each in run(failed(1), failed(2, optional=True)).undone] == [
        "www.table_1"
    ]
    assert run(Outcome("CopyTable", "www.a", "not run")).undone


def test_rows_that_are_too_old_are_told_without_their_values():
    required = Freshness("email", None, dt.timedelta(hours=50))
    now = dt.datetime(2026, 11, 21)  # noqa: DTZ001
    old = Verdict.of(required, Reading(dt.datetime(2020, 1, 1), "newest email 2020-01-01"), now)  # noqa: DTZ001
    never = Verdict.of(required, Reading(None, "never loaded"), now)
    assert old_lines({"www.b": never, "www.a": old}) == [
        "www.a: older than 50 hours (error_after)",
        "www.b: never loaded",
    ]
    many = old_lines({f"www.t{number:02}": old for number in range(12)})
    assert (len(many), many[-1]) == (11, "and 2 other relations")


def test_a_webhook_gets_text_with_slacks_escapes_and_apprise_gets_the_rest():
    sent = message("https://hooks.example.com/S3cret", "FAILED: a", "x < y & z")
    assert json.loads(sent["body"]) == {"text": "*FAILED: a*\n```x &lt; y &amp; z```"}
    assert message("mailto://u:p@h", "FAILED", "x < y") == {
        "service": "mailto://u:p@h",
        "title": "FAILED",
        "body": "x < y",
    }


@pytest.mark.parametrize(
    ("variable", "content", "reason"),
    [
        ("https://hooks.example.com/S3cret", "", "notify holds a URL, which is a secret"),
        ("CHAT", "", "CHAT is not set"),
        ("CHAT", "S3cret", "CHAT holds no URL"),
        ("CHAT", "http://[S3cret", "CHAT holds no URL"),
    ],
)
def test_a_recipient_that_is_wrong_is_explained_and_not_shown(variable, content, reason):
    with pytest.raises(ConfigError, match=reason) as raised:
        address(variable, {"CHAT": content})
    assert "S3cret" not in str(raised.value)


def test_what_cannot_be_sent_is_logged_and_an_interruption_is_not_told(caplog, monkeypatch):
    monkeypatch.setenv("CHAT", "http://127.0.0.1:9/S3cret")
    recipient = Recipient("CHAT", "LoadAll", is_whole=True)
    notify_after_run(recipient, run(failed(1), interrupted=True))
    assert caplog.messages == []
    notify_after_run(recipient, run(failed(1)))
    assert caplog.messages == ["the message about this run was not sent: Connection refused"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, False),
        ("2026-11-20", True),
        ("2026-11-21", True),
        ("2026-11-19 to 2026-11-21", True),
        ("2026-11-22", False),
        ("2026-11-21T14", False),
    ],
)
def test_a_run_of_an_earlier_date_is_no_recovery(told, expected):
    store = SimpleNamespace(
        exists=lambda _: told is not None, read=lambda _: json.dumps({"date": told}).encode()
    )
    found = is_recovery(SimpleNamespace(s3=store), "p/failure.json", run())
    assert found == expected

"""The process that sends events and messages: what it repeats, what it gives up, what it tells."""

import json
from pathlib import Path

import pytest

from pipeline.stores.sender import Report, Sender, answers, send
from pipeline.stores.sender_process import INVALID
from tests.support.processes import until
from tests.support.servers.receiver import receiving

NOWHERE = "http://127.0.0.1:9/S3cr3tPart"


def events(folder: Path, number: int) -> str:
    spool = folder / "spool"
    spool.write_text("".join(f'{{"event": {n}}}\n' for n in range(number)))
    return str(spool)


def test_a_busy_server_gets_each_event_in_order_and_once(tmp_path: Path):
    with receiving() as server:
        server.answers += [200, 503]
        job = {"spool": events(tmp_path, 2), "url": server.url("/events"), "headers": {"A": "b"}}
        sender = Sender.start(job)
        until(lambda: len(server.requests) == 3)
        with Path(job["spool"]).open("a") as spool:
            spool.write('{"event"')
            spool.flush()
            spool.write(": 2}\n")
        assert sender.finish() == Report(3)
        assert [body["event"] for body in server.bodies("/events")] == [0, 1, 1, 2]


@pytest.mark.parametrize("status", [302, 401, 413])
def test_what_is_refused_is_lost_and_the_rest_is_sent(tmp_path: Path, status: int):
    with receiving() as server:
        server.answers.append(status)
        job = {"spool": events(tmp_path, 2), "url": server.url("/S3cr3tPart"), "headers": {}}
        assert Sender.start(job).finish() == Report(1, 1, f"HTTP status {status}")
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"url": NOWHERE}, "Connection refused"),
        ({"url": "http://127.0.0.1:9/a b"}, INVALID),
        ({"url": "http://127.0.0.1:9/é"}, INVALID),
        ({"url": "https:///x"}, INVALID),
        ({"url": "", "path": "/not-there/events.jsonl"}, "No such file or directory"),
    ],
)
def test_what_cannot_be_sent_is_counted_and_the_reason_is_no_secret(
    tmp_path: Path, place: dict[str, str], reason: str
):
    job = {"spool": events(tmp_path, 3), "headers": {}, **place}
    assert Sender.start(job).finish(0.3) == Report(0, 3, reason)


def test_a_process_that_dies_is_reported(tmp_path: Path):
    job = {"spool": events(tmp_path, 1), "url": NOWHERE, "headers": {}}
    sender = Sender.start(job)
    sender.process.kill()
    reason = "the process that sends it has ended unexpectedly"
    assert sender.finish() == Report(sent=None, lost=1, reason=reason)


def test_a_message_by_a_webhook_or_by_apprise():
    with receiving() as server:
        headers = {"Content-Type": "application/json"}
        server.answers.append(503)
        sent = send(
            {"url": server.url("/hook"), "body": json.dumps({"text": "é"}), "headers": headers}
        )
        assert (sent, server.bodies("/hook")) == (Report(1), [{"text": "é"}] * 2)
        service = server.url("/notify").replace("http://", "json://")
        assert send({"service": service, "title": "FAILED", "body": "Why"}) == Report(1)
        (body,) = server.bodies("/notify")
        assert (body["title"], body["message"]) == ("FAILED", "Why")
        assert answers(server.url("/any"))
    assert not answers(NOWHERE)

"""The progress of a running COPY, as the pipeline queries it."""

import threading
from urllib.parse import quote

import pytest

from pipeline.procedures.load import monitor as watch
from pipeline.procedures.load.monitor import Session, monitor_copy
from pipeline.settings import Connection
from pipeline.stores.warehouse import Warehouse
from tests.support.emulator import ROLE

GATE = 5_439

GATED = """
CREATE FUNCTION {schema}.gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({gate});
    RETURN NEW;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON {schema}.t FOR EACH ROW EXECUTE FUNCTION {schema}.gate();
SELECT pg_advisory_lock({gate});
"""


@pytest.fixture
def warehouse(emulator):
    """The warehouse as the pipeline reaches it."""
    dsn = (
        f"postgresql://{emulator.user}:{quote(emulator.password)}@127.0.0.1:{emulator.port}"
        f"/{emulator.database}"
    )
    return Warehouse(Connection.parse("DATA_WAREHOUSE_ETL", dsn))


def test_the_progress_of_a_running_copy_is_reported(
    emulator, client, bucket, warehouse, monkeypatch
):
    """A trigger, unknown to the emulator, blocks COPY until its progress has been reported."""
    monkeypatch.setattr(watch, "SECONDS", 0.01)
    client.run("CREATE TABLE t (id int)")
    for part in ("1", "2"):
        bucket.client().put_object(Bucket=bucket.name, Key=f"t/{part}", Body=b"1\n2\n3\n")
    keeper = emulator.plain()
    with keeper.cursor() as cursor:
        cursor.execute(GATED.format(schema=client.schema, gate=GATE))
    reported, heard = [], threading.Event()

    def report(scanned, total):
        reported.append((scanned, total))
        if scanned:
            heard.set()

    def open_gate():
        heard.wait()
        with keeper.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({GATE})")

    opener = threading.Thread(target=open_gate)
    opener.start()
    session = Session(client.value("SELECT PG_BACKEND_PID()"))
    source = f"s3://{bucket.name}/t/"
    with monitor_copy(warehouse, session, report):
        client.run("COPY t FROM %s IAM_ROLE %s CSV", (source, ROLE))
    opener.join()
    keeper.close()

    assert (6, 12) in reported
    assert client.value("SELECT count(*) FROM t") == 6


def test_a_warehouse_that_does_not_answer_does_not_affect_the_load(client, monkeypatch, bucket):
    monkeypatch.setattr(watch, "SECONDS", 0.01)
    nowhere = Warehouse(
        Connection.parse("DATA_WAREHOUSE_ETL", "postgresql://nobody@127.0.0.1:1/none")
    )
    client.run("CREATE TABLE t (id int)")
    bucket.client().put_object(Bucket=bucket.name, Key="t/1", Body=b"1\n" * 10_000)
    reported = []
    session = Session(client.value("SELECT PG_BACKEND_PID()"))
    with monitor_copy(nowhere, session, lambda *figures: reported.append(figures)):
        client.run("COPY t FROM %s IAM_ROLE %s CSV", (f"s3://{bucket.name}/t/", ROLE))
    assert reported == []
    assert client.value("SELECT count(*) FROM t") == 10_000

"""The local stack: what it starts, keeps, grants and hides."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import boto3
import psutil
import psycopg2
import pytest

from pipeline.local.commands.demo import psql_command
from pipeline.local.errors import LocalStackError
from pipeline.local.processes.servers import is_alive
from pipeline.local.samples.loading import SAMPLE_NAMES
from pipeline.local.stack import BUCKET, Stack
from tests.support.database import query
from tests.support.processes import kill, listening, run, stack_down_afterwards

SCALE = 0.002
READABLE = """
SELECT format('%I.%I', schemaname, tablename), has_table_privilege(
    format('%I.%I', schemaname, tablename), 'SELECT'
)
FROM pg_tables
WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_'
"""


def pids(stack: Stack) -> dict[str, int | None]:
    return {service.name: service.pid for service in stack.status()}


def processes_of(stack: Stack) -> list[psutil.Process]:
    parents = [psutil.Process(pid) for pid in pids(stack).values()]
    return [*parents, *(child for parent in parents for child in parent.children(recursive=True))]


def secrets_of(stack: Stack) -> list[str]:
    state = stack.state()
    return [
        state.postgres_password,
        state.admin_password,
        state.etl_password,
        state.secret_access_key,
        *state.upstream_passwords.values(),
    ]


def superuser_dsn(stack: Stack, database: str) -> str:
    return stack.postgres(stack.state()).dsn(database)


def test_a_second_up_changes_nothing(stack):
    before = pids(stack)
    stack.up(SCALE)
    assert all(before.values())
    assert pids(stack) == before


def test_nothing_listens_beyond_loopback(stack):
    assert listening(processes_of(stack)) == {"127.0.0.1"}


def test_only_the_owner_can_read_a_secret_in_the_home(stack):
    secrets = [secret.encode() for secret in secrets_of(stack)]
    files = [path for path in stack.home.rglob("*") if path.is_file()]
    holding = {path for path in files if any(secret in path.read_bytes() for secret in secrets)}
    assert {path.name for path in holding} == {"state.json", "pgpass", "config.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holding} == {0o600}


def test_no_secret_is_in_a_command_line_or_in_the_status(stack):
    shown = [" ".join(process.cmdline()) for process in processes_of(stack)]
    shown.append(repr(stack.status()) + repr(stack.state()))
    assert not [secret for secret in secrets_of(stack) if any(secret in text for text in shown)]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_reader_reads_every_table_of_its_sample_and_writes_none(stack, name):
    variables = {"www": "DATABASE_PRODUCTION", "hyppo": "DATABASE_HYPPO"}
    dsn = stack.environment()[variables[name]]
    tables = query(dsn, READABLE)
    assert tables
    assert all(readable for _, readable in tables)
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        query(dsn, f"DELETE FROM {tables[0][0]}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(
            f"{dsn}?options=-cdefault_transaction_read_only%3Doff", f"DELETE FROM {tables[0][0]}"
        )


def test_a_table_that_is_added_upstream_is_readable_at_once(stack):
    with (
        closing(psycopg2.connect(superuser_dsn(stack, "www"))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE added_later ()")
        cursor.execute("SELECT has_table_privilege('www', 'added_later', 'SELECT')")
        assert cursor.fetchone() == (True,)
        connection.rollback()


def test_a_reader_cannot_connect_to_another_sample(stack):
    dsn = stack.environment()["DATABASE_HYPPO"].removesuffix("/hyppo")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(f"{dsn}/www")


def test_the_bucket_exists(stack):
    stack.s3(stack.state()).client().head_bucket(Bucket=BUCKET)


def test_the_warehouse_accepts_the_admin_and_rejects_a_wrong_password(stack):
    dsn = stack.environment()["DATA_WAREHOUSE_ADMIN"]
    assert query(dsn, "SELECT 1") == [(1,)]
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dsn.replace(stack.state().admin_password, "wrong"))


def test_psql_reaches_the_warehouse_without_a_password_on_its_command_line(stack):
    command = psql_command(stack).replace("-U dw", "-U admin")
    answer = run(f"{command} -w -At -c 'SELECT 42'", check=True)
    assert answer.stdout == "42\n"
    assert not [secret for secret in secrets_of(stack) if secret in command]


def test_a_configuration_set_by_the_user_stays(stack, monkeypatch):
    assert stack.environment()["DATA_WAREHOUSE_CONFIG"].endswith("config/sources.json")
    monkeypatch.setenv("DATA_WAREHOUSE_CONFIG", "mine.json")
    assert "DATA_WAREHOUSE_CONFIG" not in stack.environment()


def test_requests_to_the_stack_use_no_proxy(stack, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.com")
    assert stack.environment()["no_proxy"] == "example.com,127.0.0.1"
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").head_bucket(Bucket=BUCKET)
    stack.s3(stack.state()).client().head_bucket(Bucket=BUCKET)


def test_another_scale_for_existing_samples_is_an_error_with_the_next_step(stack):
    with pytest.raises(LocalStackError, match=r"www at scale 0\.002.*not 0\.5.*destroy"):
        stack.up(0.5)


def test_up_starts_only_stopped_servers_and_keeps_all_data(own_stack):
    own_stack.s3(own_stack.state()).client().put_object(Bucket=BUCKET, Key="kept", Body=b"rows")
    before = pids(own_stack)
    kill(psutil.Process(before["s3"]))
    assert not own_stack.is_running()
    own_stack.up()
    after = pids(own_stack)
    assert (after["postgres"], after["redshift"]) == (before["postgres"], before["redshift"])
    answer = own_stack.s3(own_stack.state()).client().get_object(Bucket=BUCKET, Key="kept")
    assert answer["Body"].read() == b"rows"


def test_the_warehouse_reconnects_to_a_database_server_that_was_killed(own_stack):
    admin = own_stack.environment()["DATA_WAREHOUSE_ADMIN"]
    with closing(psycopg2.connect(admin)):
        kill(psutil.Process(pids(own_stack)["postgres"]))
        own_stack.up()
    assert query(admin, "SELECT 1") == [(1,)]


def test_data_and_addresses_survive_a_kill_of_all_servers(own_stack):
    environment = own_stack.environment()
    query(superuser_dsn(own_stack, "warehouse"), "CREATE TABLE kept AS SELECT 42 AS answer")
    own_stack.s3(own_stack.state()).client().put_object(Bucket=BUCKET, Key="kept", Body=b"rows")
    kill(*processes_of(own_stack))
    own_stack.up()
    assert own_stack.environment() == environment
    assert query(superuser_dsn(own_stack, "warehouse"), "SELECT answer FROM kept") == [(42,)]
    assert (
        own_stack.s3(own_stack.state())
        .client()
        .head_object(Bucket=BUCKET, Key="kept")["ContentLength"]
        == 4
    )


def test_down_stops_every_process_and_up_starts_the_same_stack(own_stack):
    environment, processes = own_stack.environment(), processes_of(own_stack)
    own_stack.down()
    assert not [process for process in processes if is_alive(process)]
    with pytest.raises(LocalStackError, match="is not running"):
        own_stack.environment()
    own_stack.up()
    assert own_stack.environment() == environment


def test_a_sample_is_created_again_if_its_loading_was_interrupted(own_stack):
    own_stack.down()
    text = (own_stack.home / "state.json").read_text()
    assert '"hyppo": 0.002' in text
    (own_stack.home / "state.json").write_text(text.replace(',\n    "hyppo": 0.002', ""))
    postgres = own_stack.postgres(own_stack.state())
    postgres.start()
    query(postgres.dsn("hyppo"), "DROP OWNED BY hyppo; DROP TABLE sent_emails CASCADE")
    own_stack.up(SCALE)
    assert query(
        own_stack.environment()["DATABASE_HYPPO"], "SELECT count(*) > 0 FROM sent_emails"
    ) == [(True,)]


def test_a_removed_home_is_created_again(own_stack):
    before = processes_of(own_stack)
    subprocess.run(["rm", "-rf", str(own_stack.home)], check=True)
    own_stack.up(SCALE)
    assert own_stack.is_running()
    assert not set(pids(own_stack).values()) & {process.pid for process in before}
    assert not [process for process in before if is_alive(process)]


def test_concurrent_starts_make_one_stack(tmp_path):
    home = tmp_path / "home"
    command = [sys.executable, "-m", "pipeline.local", "up", "--home", str(home)]
    command += ["--scale", str(SCALE)]
    with stack_down_afterwards(home), ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: run(command), range(3)))
        assert [answer.returncode for answer in answers] == [0, 0, 0]
        assert len({answer.stdout for answer in answers}) == 1


def test_destroy_removes_the_files_of_the_stack_and_nothing_else(own_stack):
    mine = own_stack.home / "mine.txt"
    mine.write_text("kept")
    own_stack.destroy()
    assert [path.name for path in own_stack.home.iterdir()] == ["mine.txt"]


def test_destroy_rejects_a_directory_that_is_not_a_home(tmp_path):
    (tmp_path / "precious").touch()
    with pytest.raises(LocalStackError, match="nothing removed"):
        Stack(tmp_path).destroy()
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_the_error_for_an_unreadable_state_shows_no_secret(tmp_path):
    (tmp_path / "state.json").write_text('{"postgres_password": "precious", ')
    with pytest.raises(LocalStackError, match="destroy") as error:
        Stack(tmp_path).status()
    assert "precious" not in str(error.value)

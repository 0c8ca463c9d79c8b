"""``pipeline doctor``: each fault is found, with advice, and the checks leave no trace."""

import re
from collections.abc import Callable

import pytest
from psycopg2.extensions import make_dsn

from tests.support.projects.warehouse import DESIGNS, Outcome, Project, change_configuration
from tests.support.servers.s3_proxy import running

NOWHERE = "postgresql://dw:S3cret-word@127.0.0.1:9/nowhere"


def verdicts(outcome: Outcome) -> dict[str, str]:
    """The state of each check."""
    found = {}
    for line in outcome.out.splitlines():
        words = [word.strip() for word in line.split("   ") if word.strip()]
        if len(words) > 1 and words[1] in {"ok", "warning", "fault", "not checked"}:
            found[words[0]] = words[1]
    return found


def line(outcome: Outcome, check: str) -> str:
    return next(each for each in outcome.out.splitlines() if each.strip().startswith(check))


def test_a_missing_bootstrap_is_a_warning_if_a_run_can_do_it(project: Project) -> None:
    found = project.pipeline("doctor")
    assert verdicts(found)["bootstrap"] == "warning"
    assert " statements to be executed" in line(found, "bootstrap")


def test_a_missing_bootstrap_is_a_fault_without_an_administrator(project: Project) -> None:
    found = project.pipeline("doctor", DATA_WAREHOUSE_ADMIN="", code=3)
    assert "DATA_WAREHOUSE_ADMIN is not set" in line(found, "bootstrap")
    assert verdicts(found)["COPY"] == "not checked"


def test_without_faults_all_checks_are_made_and_leave_no_trace(project: Project) -> None:
    project.luigi("LoadAll")
    before = project.markers(), project.keys()
    for environment in ({}, {"DATA_WAREHOUSE_ADMIN": ""}):
        found = project.pipeline("doctor", **environment)
        checks = verdicts(found)
        checks.pop("scheduler")  # one may or may not run on this machine
        if environment:
            assert checks.pop("administrator") == "not checked"
        assert set(checks.values()) == {"ok"}
        assert len(checks) >= 14
    assert (project.markers(), project.keys()) == before
    tables = project.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '{etl}'"
        " ORDER BY table_name"
    )
    made = ("check_failures", "check_results", "loaded_files", "surrogate_keys")
    assert tables == [(name,) for name in (*made, "table_updates", "task_history")]


RECEIVERS = """
notify = CHAT
[openlineage]
destination = http://127.0.0.1:9
"""


def test_each_unreachable_server_is_a_fault_and_no_password_is_shown(project: Project) -> None:
    with (project.folder / "luigi.cfg").open("a", encoding="utf-8") as file:
        file.write(RECEIVERS)
    found = project.pipeline(
        "doctor",
        CHAT="https://hooks.example.com/S3cret-word",
        UPSTREAM=NOWHERE,
        DATA_WAREHOUSE_ETL=NOWHERE,
        DATA_WAREHOUSE_ADMIN=NOWHERE,
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9",
        code=4,
    )
    checks = verdicts(found)
    for check in (f"{project.src} upstream", "S3 bucket", "administrator", "warehouse"):
        assert checks[check] == "fault"
    assert (checks["notify"], checks["openlineage"]) == ("ok", "warning")
    assert "no server answers at http://127.0.0.1:9/api/v1/lineage" in line(found, "openlineage")
    assert "S3cret-word" not in found.text


@pytest.mark.parametrize("password", ["Wr0ng-secret", "xq7"])
def test_a_wrong_password_of_the_etl_user_is_the_only_fault(
    project: Project, password: str
) -> None:
    project.luigi("BootstrapWarehouse")
    right = project.environment["DATA_WAREHOUSE_ETL"]
    wrong = re.sub(r"//dw:[^@]+@", f"//dw:{password}@", right)
    found = project.pipeline("doctor", DATA_WAREHOUSE_ETL=wrong, code=4)
    checks = verdicts(found)
    assert [what for what, state in checks.items() if state == "fault"] == ["warehouse"]
    assert checks["administrator"] == "ok"
    assert checks["bootstrap"] == "not checked"
    said = line(found, "warehouse")
    assert 'password authentication failed for user "dw"' in said
    assert "put the password of 'dw' into DATA_WAREHOUSE_ETL or ~/.pgpass" in said
    assert "pipeline update-user dw --password" in said
    assert password not in found.text


def test_an_unset_variable_is_named(project: Project) -> None:
    found = project.pipeline("doctor", UPSTREAM="", code=3)
    assert "UPSTREAM is not set" in line(found, f"{project.src} upstream")
    assert verdicts(found)[f"{project.src} tables"] == "not checked"


def test_a_missing_bucket_is_named(project: Project) -> None:
    change_configuration(project, lambda raw: raw["s3"].update(bucket_name="no-such-bucket"))
    found = project.pipeline("doctor", code=4)
    assert "the bucket does not exist" in line(found, "S3 bucket")


@pytest.mark.parametrize("request_", [r"GET .*\?.*uploads", r"DELETE .*uploadId"])
def test_a_permission_for_uploads_in_parts_is_missed_before_a_dump(
    project: Project, request_: str
) -> None:
    with running(project.environment["AWS_ENDPOINT_URL_S3"]) as proxy:
        proxy.refuse = lambda sent: "AccessDenied" if re.search(request_, sent) else ""
        found = project.pipeline("doctor", AWS_ENDPOINT_URL_S3=proxy.url, code=4)
    assert "[AccessDenied] (the credentials lack a permission:" in line(found, "S3 bucket")


def test_a_role_that_copy_may_not_use_is_found_before_a_load(project: Project) -> None:
    project.luigi("BootstrapWarehouse")
    role = {"iam_role": "arn:aws:iam::123456789012:role/other"}
    change_configuration(project, lambda raw: raw["data_warehouse"].update(role))
    found = project.pipeline("doctor", code=4)
    assert verdicts(found)["COPY"] == "fault"
    assert "let the cluster assume the role" in found.out


def test_tables_that_do_not_match_their_designs_are_counted(project: Project) -> None:
    project.upstream("ALTER TABLE customers DROP COLUMN name; DROP TABLE orders")
    found = project.pipeline("doctor", code=3)
    assert "(and 1 more)" in line(found, f"{project.src} tables")
    assert f"pipeline validate '{project.src}'" in found.out


def test_every_fault_of_the_designs_is_a_line(project: Project) -> None:
    project.write("{dw}/totals.sql", "SELECT 1 AS status, 2 AS orders FROM nowhere.nothing")
    project.write("{src}/public-customers.yaml", "name: {src}.customers\ncolums: []\n")
    found = project.pipeline("doctor", code=3)
    assert "did you mean 'columns'" in found.out
    assert "nowhere.nothing" in found.out
    assert verdicts(found)["S3 bucket"] == "ok"


def test_every_fault_of_the_configuration_is_a_line(new_project: Callable[..., Project]) -> None:
    project = new_project()
    (project.folder / "sources.json").write_text('{"s3": {}, "sources": [], "sauces": 1}')
    found = project.pipeline("doctor", code=3)
    assert "sauces" in found.out
    assert "bucket_name" in found.out


def test_an_exit_code_of_0_after_failed_tasks_is_a_warning(project: Project) -> None:
    config = project.folder / "luigi.cfg"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("task_failed = 30", "task_failed = 0"), encoding="utf-8")
    found = project.pipeline("doctor")
    assert verdicts(found)["luigi.cfg"] == "warning"


def test_relations_that_are_required_for_success_are_counted(project: Project) -> None:
    required = {"required_for_success": [f"{project.dw}.names"]}
    change_configuration(project, lambda raw: raw["data_warehouse"].update(required))
    assert "2 of 5 relations" in line(project.pipeline("doctor"), "required")


def test_a_login_that_does_not_see_other_transactions_is_a_fault(project: Project) -> None:
    orders = "{src}/public-orders.yaml"
    settings = "extract_settings: {{incremental: {{cursor: changed}}}}\n"
    project.write(orders, DESIGNS[orders] + settings)
    project.upstream("ALTER TABLE orders ADD changed timestamptz")
    check = f"{project.src} transactions"
    assert verdicts(project.pipeline("doctor"))[check] == "ok"

    login = {"user": f"reader_{project.src}", "password": "Reader-word"}
    project.upstream("CREATE ROLE {user} LOGIN PASSWORD '{password}'".format(**login))
    try:
        dsn = make_dsn(project.upstream_dsn, **login)
        found = project.pipeline("doctor", UPSTREAM=dsn, code=3)
    finally:
        project.upstream("DROP ROLE {user}".format(**login))
    assert verdicts(found)[check] == "fault"
    assert f"there is no lag: {project.src}.orders" in line(found, check)
    assert f'GRANT pg_read_all_stats TO "{login["user"]}"' in found.out


def test_a_relation_of_another_owner_is_a_fault_and_a_load_that_fails_names_the_doctor(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    project.rows("ALTER TABLE {src}.orders OWNER TO admin", "ADMIN")
    project.rows("ALTER TABLE {dw}.paid OWNER TO admin", "ADMIN")
    failed = project.luigi("LoadAll", "--date", "2026-11-22", code=30)
    found = project.pipeline("doctor", code=4)

    advice = "'pipeline doctor' tells who owns it, and what to run"
    assert re.search(rf"must be owner of \w+ orders; {advice}", failed.out)
    assert [what for what, state in verdicts(found).items() if state == "fault"] == ["owners"]
    relations = sorted((f"{project.dw}.paid", f"{project.src}.orders"))
    assert f"of 'admin': {', '.join(relations)} " in found.out
    assert 'as administrator, for each: ALTER TABLE … OWNER TO "dw"' in found.out
    assert "drop-user" not in found.out


@pytest.mark.parametrize("words", [("doctor",), ("show", "{src}.orders", "--rows", "1")])
def test_commands_that_are_advised_lack_the_prefix_of_the_command_line(
    project: Project, words: tuple[str, ...]
) -> None:
    nothing = {"DATA_WAREHOUSE_ADMIN": ""}
    told = "The commands above are for this prefix if you write 'pipeline -p wip …' and 'luigi … "
    found = project.pipeline("-p", "wip", *words, code=None, **nothing)
    assert "luigi --module pipeline" in " ".join(found.text.split())
    assert f"{told}--warehouse-prefix wip'.\n" in found.err
    assert "for this prefix" not in project.pipeline(*words, code=None, **nothing).err

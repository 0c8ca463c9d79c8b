"""What runs send: events of OpenLineage, and messages to users."""

import json

from tests.support.projects.warehouse import DESIGNS, Project
from tests.support.results.openlineage import check_event
from tests.support.servers.receiver import receiving

CUSTOMERS, TOTALS = "{src}/public-customers.yaml", "{dw}/totals.yaml"

SEEN = "  - {{name: seen, sql_type: timestamp}}\nconstraints:"

OLD = "freshness: {{column: seen, error_after: 50 hours}}\n"

ONE_NAME = """\
checks:
  - accepted_values: {{column: name, values: [Ann]}}
"""

CHECKED = """\
checks:
  - row_count: {{min: 1}}
  - not_null: status
    severity: warn
"""


def by_job(found: list[dict]) -> dict[str, list[dict]]:
    """Check events, and return them by the names of their jobs."""
    jobs: dict[str, list[dict]] = {}
    for each in found:
        check_event(each)
        jobs.setdefault(each["job"]["name"], []).append(each)
    return jobs


def types(events: list[dict]) -> list[str]:
    return [each["eventType"] for each in events]


def test_events_and_messages_of_a_failure_and_of_the_recovery(project: Project):
    project.upstream("ALTER TABLE customers ADD seen timestamp DEFAULT '2020-01-01 00:00:00'")
    customers = DESIGNS[CUSTOMERS].replace("constraints:", SEEN)
    project.write(CUSTOMERS, customers + ONE_NAME)
    project.write(TOTALS, DESIGNS[TOTALS] + CHECKED)
    with receiving() as server:
        url, hook = server.url(), "/hook/T0/S3cr3tPart"
        secret = {"CHAT": f"{url}{hook}", "OPENLINEAGE_API_KEY": "K3yOfEvents"}
        words = ("LoadAll", "--warehouse-notify", "CHAT", "--openlineage-destination")

        failed = project.luigi(*words, "events.jsonl", code=30, **secret)
        written = (project.folder / "events.jsonl").read_text(encoding="utf-8")
        check_first_run(project, by_job([json.loads(line) for line in written.splitlines()]))
        (told,) = server.bodies(hook)
        assert told["text"].startswith(f"*FAILED: LoadAll of 2026-11-21 ({project.prefix})*\n```")
        said = (
            f"CopyTable {project.src}.customers:\n    {project.src}.customers: the new rows do not"
        )
        assert said in told["text"]
        assert "name accepted_values: 2 wrong rows, such as ***\n" in told["text"]
        assert len(project.keys("/failure.json")) == 1

        project.write(CUSTOMERS, customers + OLD)
        server.answers.append(503)
        again = project.luigi(*words, url, **secret)
        _, told = server.bodies(hook)
        assert told["text"].startswith("*RECOVERED, TOO OLD: LoadAll of 2026-11-21")
        assert f"{project.src}.customers: older than 50 hours (error_after)" in told["text"]
        assert project.keys("/failure.json") == []
        sent = [each for each in server.requests if each[0] == "/api/v1/lineage"]
        assert {headers["Authorization"] for _, headers, _ in sent} == {"Bearer K3yOfEvents"}
        jobs = by_job([event for *_, event in sent[1:]])
        assert sent[0] == sent[1]
        assert types(jobs["Run.LoadAll"]) == ["START", "COMPLETE"]
        assert types(jobs[f"CopyTable.{project.src}.customers"]) == ["START", "COMPLETE"]
        assert f"CopyTable.{project.src}.orders" not in jobs

        project.write(CUSTOMERS, customers)
        server.answers += [404] * 2
        last = project.luigi(*words, url, **secret)
        assert len(server.bodies(hook)) == 2
        assert (
            f"2 of 2 events of OpenLineage not sent to {url}/api/v1/lineage: HTTP status 404"
            in (last.err)
        )

        outside, printed = (
            written + json.dumps(server.requests),
            failed.text + again.text + last.text,
        )
        for value in ("builder", "2020-01-01", *project.secrets().values()):
            assert value not in outside
        for value in ("S3cr3tPart", "K3yOfEvents"):
            assert value not in printed + written


def check_first_run(project: Project, jobs: dict[str, list[dict]]) -> None:
    start, end = jobs["Run.LoadAll"]
    recorded = project.rows("SELECT DISTINCT run_id FROM {etl}.task_history")
    assert recorded == [(start["run"]["runId"],)]
    assert types([start, end]) == ["START", "FAIL"]
    assert "1 FAILED" in end["run"]["facets"]["errorMessage"]["message"]
    tasks = {name: types(found) for name, found in jobs.items() if name != "Run.LoadAll"}
    failed = f"CopyTable.{project.src}.customers"
    assert tasks.pop(failed) == tasks.pop(f"Checks.{project.src}.customers") == ["START", "FAIL"]
    assert len(tasks) == 16
    assert set(map(tuple, tasks.values())) == {("START", "COMPLETE")}
    for found in jobs.values():
        assert len({each["run"]["runId"] for each in found}) == 1
        if found[0] is not start:
            parent = found[0]["run"]["facets"]["parent"]
            assert parent["root"]["run"]["runId"] == start["run"]["runId"]

    message = jobs[failed][1]["run"]["facets"]["errorMessage"]["message"]
    assert "name accepted_values: 2 wrong rows, such as ***\n" in message
    assert jobs[failed][1]["outputs"][0].keys() == {"namespace", "name"}

    loaded = jobs[f"CopyTable.{project.src}.orders"][1]
    dump = {"namespace": "s3://warehouse-local"}
    dump["name"] = f"{project.prefix}/data/{project.src}/public-orders"
    assert dump.items() <= loaded["inputs"][0].items()
    assert loaded["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 1000
    assert loaded["outputs"][0]["name"].endswith(f".{project.src}.orders")
    assert loaded["outputs"][0]["namespace"].startswith("redshift://127.0.0.1:")

    dumped = jobs[f"DumpTable.{project.src}.orders"][1]
    assert dumped["inputs"][0]["name"].endswith(".public.orders")
    assert dumped["outputs"][0]["outputFacets"]["outputStatistics"]["size"] > 0
    assert dump.items() <= dumped["outputs"][0].items()
    manifests = project.keys(".manifest")
    assert dumped["outputs"][0]["facets"]["version"]["datasetVersion"] in manifests

    refreshed = jobs[f"RefreshCtas.{project.dw}.totals"][1]
    fields = refreshed["outputs"][0]["facets"]["columnLineage"]["fields"]
    (total,) = fields["total"]["inputFields"]
    assert (total["name"], total["field"]) == (loaded["outputs"][0]["name"], "total")
    assert total["transformations"][0]["description"] == "SUM(total)::numeric(18,2)"
    assert "orders" not in fields
    assert refreshed["job"]["facets"]["sql"]["query"].startswith("SELECT status, COUNT(*)")

    checks = jobs[f"Checks.{project.dw}.totals"][1]
    facet = checks["inputs"][0]["inputFacets"]["dataQualityAssertions"]
    assert [
        (each["assertion"], each["success"], each["severity"]) for each in facet["assertions"]
    ] == [
        ("row_count", True, "error"),
        ("not_null", False, "warn"),
    ]

"""``pipeline docs`` and the pages that LoadAll publishes: what they show, and what never."""

import re
from html import unescape
from urllib.parse import urlsplit

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, DESIGNS, NARROW, Project

CHECKED = """\
freshness: {{error_after: 2 days}}
checks:
  - row_count: {{min: 1}}
  - not_null: status
    severity: warn
"""

UNREACHABLE = "postgresql://dw:x@127.0.0.1:1/nowhere"


def text(page: str) -> str:
    plain = re.sub(r"<[^>]*>", "", page.replace("<wbr>", "").replace("<", " <"))
    return " ".join(unescape(plain).split())


def objects(project: Project, folder: str) -> dict[str, dict]:
    client = project.s3()
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix=folder)["Contents"]
    return {
        item["Key"].removeprefix(folder): client.get_object(Bucket=BUCKET, Key=item["Key"])
        for item in listed
    }


def test_pages_from_files_alone_and_of_a_warehouse_that_cannot_be_reached(project: Project):
    nowhere = {"DATA_WAREHOUSE_ETL": UNREACHABLE}
    failed = project.pipeline("docs", code=4, **nowhere)
    assert "Without the warehouse: pipeline docs --offline" in failed.err
    assert not (project.folder / "site").exists()

    written = project.pipeline(
        "docs", "--offline", "--svg", "graph.svg", "--output", "s", **nowhere
    )

    assert "12 files (12 written) in s; open s/index.html in a browser." in written.out
    index = (project.folder / "s" / "index.html").read_text()
    assert "5 relations" in text(index)
    assert "from the files alone" in index
    assert "Runs" not in text(index)
    page = (project.folder / "s" / "relation" / f"{project.dw}.totals.html").read_text()
    assert f"{project.src}.orders.total SUM(total)::numeric( 18 , 2 )" in text(page)
    link = re.search(r'href="([^"]+totals\.sql)"', page)[1]
    assert (project.folder / "s" / "relation" / link).resolve().read_text().startswith("\nSELECT")
    assert (project.folder / "graph.svg").read_text().count('class="box') == 5
    again = project.pipeline("docs", "--offline", "--output", "s", **nowhere).out
    # The index shows the second at which it was written; both may be written within one.
    assert re.search(r"12 files \((1 written|none changed)\)", again)
    other = project.pipeline("docs", "--offline", "--output", ".", code=2).err
    assert "name a new folder with --output" in other
    wrong = project.pipeline("docs", "--offline", "--publish", "file:///tmp", code=2).err
    assert "write s3://bucket/folder/" in wrong


def test_load_all_publishes_pages_and_their_failure_changes_nothing(project: Project):
    folder = f"{project.prefix}-docs/"
    place = f"s3://{BUCKET}/{folder}"
    totals = "{dw}/totals.yaml"
    project.write(totals, DESIGNS[totals] + CHECKED)
    project.luigi("LoadAll", "--warehouse-docs", place)

    found = objects(project, folder)
    page = f"relation/{project.src}.orders.html"
    assert found[page]["ContentType"] == "text/html; charset=utf-8"
    assert "Rows 1,000" in text(found[page]["Body"].read().decode())
    index = text(found["index.html"]["Body"].read().decode())
    assert "ok 4 check warnings 1" in index
    assert f"Needs attention {project.dw}.totals check warnings" in index
    page = text(found[f"relation/{project.dw}.totals.html"]["Body"].read().decode())
    assert "row_count row_count: {min: 1} error passed 3 rows" in page
    assert "status not_null not_null: status warn failed 1 wrong row" in page
    assert "(error after 2 days, by the last load)" in page
    [first] = [path for path in found if path.startswith("run/")]
    run = text(found[first]["Body"].read().decode())
    assert f"Run of {DATE} done" in run
    assert f"RefreshCtas {project.dw}.totals" in run
    assert re.search(r"Critical path \d tasks determined when the run ended", run)
    assert "of an earlier release" not in run

    project.write("{src}/public-customers.yaml", NARROW)
    words = ("LoadAll", "--date", "2026-11-22", "--warehouse-docs", "s3://not-there/docs")
    run = project.luigi(*words, code=30)
    warnings = [line for line in run.err.splitlines() if "pages were not published" in line]
    assert len(warnings) == 1
    assert "s3://not-there/docs: " in warnings[0]

    published = project.pipeline("docs", "--publish", place).out
    assert re.search(r"15 files \(\d+ written\)", published)
    found = objects(project, folder)
    [second] = [path for path in found if path.startswith("run/") and path != first]
    run = text(found[second]["Body"].read().decode())
    assert f"Failed: CopyTable {project.src}.customers" in run
    assert "value: ***" in run
    assert re.search(f"[1-9] tasks? not run RefreshCtas {project.dw}", run)
    page = found[f"relation/{project.src}.customers.html"]["Body"].read().decode()
    assert "CopyTable failed" in text(page)
    assert "value: ***" in text(page)
    everything = "".join(each["Body"].read().decode() for each in found.values()) + page
    assert "builder" not in everything
    for url in (project.environment["DATA_WAREHOUSE_ETL"], project.upstream_dsn):
        parts = urlsplit(url)
        if parts.password:
            assert parts.password not in everything
            assert f":{parts.port}" not in everything

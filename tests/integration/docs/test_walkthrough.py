"""Every command of docs/walkthrough.md, in its order, against an empty warehouse."""

import re
import shutil
from pathlib import Path

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack
from tests.support.database import query
from tests.support.paths import ROOT
from tests.support.processes import program_environment, run

PAGE = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PASSWORD = "Correct-horse-battery-7"


def blocks(kind: str) -> list[str]:
    return [text for language, text in BLOCK.findall(PAGE) if language == kind]


def test_the_walkthrough_works_from_its_first_command_to_its_last(
    own_stack: Stack, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "config", project / "config")
    (project / "designs" / "dw").mkdir(parents=True)
    write_sources(project)
    environment = environment_of(own_stack)
    totals, question = blocks("sql")
    ran = 0
    for block in blocks("shell"):
        if "UploadAll" in block and ran < 20:
            (project / "designs/dw/orders_by_status.sql").write_text(totals, encoding="utf-8")
            (project / "designs/dw/orders_by_status.yaml").write_text(
                blocks("yaml")[0], encoding="utf-8"
            )
        for command in block.strip().splitlines():
            done = run(command, cwd=project, env=environment)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran == PAGE.count("\nluigi ") + PAGE.count("\npipeline ")

    expected = query(environment["DATABASE_PRODUCTION"], "SELECT COUNT(*) FROM public.orders")
    tom = environment["DATA_WAREHOUSE_ETL"].replace("//dw:", "//tom:")
    tom = re.sub(r"//tom:[^@]+@", f"//tom:{PASSWORD}@", tom)
    assert [(sum(row[1] for row in query(tom, question)),)] == expected


def write_sources(project: Path) -> None:
    """The page's own file; only bucket and role are those of the local stack."""
    text = blocks("json")[0].replace("my-bucket", BUCKET)
    role = f'"data_warehouse": {{"iam_role": "{IAM_ROLE}"}},\n    "sources"'
    (project / "sources.json").write_text(text.replace('"sources"', role), encoding="utf-8")


def environment_of(stack: Stack) -> dict[str, str]:
    return {
        **program_environment(),
        **stack.environment(),
        "DATA_WAREHOUSE_CONFIG": "sources.json",
        "LUIGI_CONFIG_PATH": "config/luigi.cfg",
        "TOMS_PASSWORD": PASSWORD,
        "SPARKS_PASSWORD": PASSWORD,
        "ANNS_PASSWORD": PASSWORD,
    }

"""The task that fills a relation is found, whatever a program has imported before."""

import json
import subprocess
import sys

import pytest

COMMAND = """
import sys
sys.argv[0] = "pipeline"
from pipeline.names import RunDate, TableName
assert "luigi" not in sys.modules
from pipeline.tasks.rows import filling_task
print(type(filling_task(TableName("dw", "d"), RunDate.parse("2026-11-21"))).__name__)
"""

PROGRAM = """
from pipeline.names import TableName
from luigi.task_register import Register
print(*(name for name in Register.task_names() if name == "RefreshCtas"))
"""


@pytest.mark.parametrize("code", [COMMAND, PROGRAM], ids=["command", "program"])
def test_a_program_that_has_not_imported_luigi_gets_every_task(tmp_path, code) -> None:
    (tmp_path / "designs" / "dw").mkdir(parents=True)
    (tmp_path / "designs" / "dw" / "d.json").write_text(
        '{"name": "dw.d", "source_name": "VIEW", "columns": [{"name": "n"}]}'
    )
    (tmp_path / "designs" / "dw" / "d.sql").write_text("SELECT 1 AS n")
    sources = {"s3": {"bucket_name": "b"}, "sources": [{"name": "dw"}]}
    (tmp_path / "sources.json").write_text(json.dumps(sources))
    environment = {"DATA_WAREHOUSE_CONFIG": "sources.json", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("RefreshCtas\n", "")

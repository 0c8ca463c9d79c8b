"""Output in every locale: characters that stdout cannot print are escaped, and nothing is lost."""

import pytest

from tests.support.projects.warehouse import Project

LATIN = {"PYTHONIOENCODING": "latin-1"}
CRON = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
TABLE = "{src}/public-%E2%82%AC.yaml"
DESIGN = """
name: "{src}.€"
source_name: "{src}.public.€"
columns: [{{name: id, sql_type: integer}}]
"""


@pytest.mark.parametrize("locale", [LATIN, CRON], ids=["latin-1", "C"])
def test_the_summary_and_the_exit_code_survive(project: Project, locale: dict[str, str]) -> None:
    project.write(TABLE, DESIGN)

    failed = project.luigi("LoadAll", "--tables", "{src}", code=30, **locale)

    assert "UnicodeEncodeError" not in failed.text
    assert f"FAILED DumpTable {project.src}.\\u20ac" in failed.out
    assert "Continue with:" in failed.out
    assert "-----" in failed.out
    assert "─" not in failed.out


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("status", 0), ("validate", 3)])
def test_commands_print_what_the_terminal_lacks_as_escapes(
    project: Project, command: str, code: int
) -> None:
    project.write(TABLE, DESIGN)

    shown = project.pipeline(command, code=code, **LATIN)

    assert "Traceback" not in shown.text
    assert ".\\u20ac" in shown.text

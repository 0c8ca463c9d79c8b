"""Upstream tables are loaded unchanged: nothing is added or omitted."""

import pytest

from tests.support.projects.warehouse import DATE, Project, change_configuration
from tests.support.results.tracing import trace

TABLES = r"""
CREATE TABLE notes (note text, stars integer);
INSERT INTO notes VALUES ('\N', 1), ('', 2), (NULL, 3), (E'a\r\n"b",', 4), ('NULL', 5);
CREATE TABLE tmp_import (a integer);
INSERT INTO tmp_import VALUES (1)
"""


@pytest.fixture
def unusual(project: Project) -> Project:
    """A project with a table that has no key, no column `id`, and one called tmp_import."""
    project.upstream(TABLES)
    return project


def test_a_table_without_id_is_designed_and_loaded_unchanged(unusual: Project) -> None:
    unusual.pipeline("design", "{src}.notes")
    text = (unusual.folder / f"designs/{unusual.src}/public-notes.yaml").read_text("utf-8")
    assert "constraints" not in text
    assert "missing" not in text

    unusual.luigi("CopyTable", "--table", "{src}.notes")

    assert unusual.rows("SELECT * FROM {src}.notes ORDER BY stars") == [
        ("\\N", 1),
        ("", 2),
        (None, 3),
        ('a\r\n"b",', 4),
        ("NULL", 5),
    ]


def test_a_table_is_excluded_by_the_configuration_only(unusual: Project) -> None:
    file = unusual.folder / f"designs/{unusual.src}/public-tmp_import.yaml"

    def leave_out(raw: dict) -> None:
        raw["sources"][0]["exclude_tables"] = ["public.tmp_*"]

    unusual.pipeline("design", "{src}")
    assert file.exists()
    file.unlink()
    change_configuration(unusual, leave_out)
    unusual.pipeline("design", "{src}")
    assert not file.exists()


def test_rows_are_loaded_in_a_transaction_and_analyzed_outside(project: Project) -> None:
    requests = trace(
        project, "CopyTable", "--table", "{src}.orders", "--date", DATE, "--workers", "1"
    )

    assert "sql ANALYZE on its own" in requests
    assert "sql ANALYZE in transaction" not in requests
    for verb in ("COPY", "LOCK", "ALTER", "DROP", "DELETE"):
        assert f"sql {verb} in transaction" in requests
        assert f"sql {verb} on its own" not in requests
    assert "sql INSERT in transaction" in requests
    assert requests["sql INSERT on its own"] == 1  # the history, after the run
    assert not [line for line in requests if line.startswith(("sql VACUUM", "sql TRUNCATE"))]

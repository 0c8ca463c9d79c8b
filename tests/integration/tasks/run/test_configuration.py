"""Where settings come from, which ones take precedence, and what they change."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.local.stack import BUCKET
from tests.support.pages import blocks, read_page
from tests.support.projects.warehouse import DATE, Project, change_configuration


def options(project: Project, **values: object) -> None:
    """Add options to section [warehouse] of luigi.cfg."""
    with (project.folder / "luigi.cfg").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {value}\n" for name, value in values.items())


def dump(project: Project, *words: str) -> list[str]:
    """Dump a table; return the keys of its parts."""
    project.luigi("DumpTable", "--table", "{src}.orders", *words)
    return project.parts(project.keys(".manifest")[0])


def test_the_file_applies_if_luigis_settings_are_empty(project: Project) -> None:
    change_configuration(project, lambda raw: raw.update(dump={"compression": "gzip"}))
    assert dump(project)[0].endswith(".csv.gz")


def test_luigis_settings_win_over_the_file(project: Project) -> None:
    change_configuration(project, lambda raw: raw.update(dump={"compression": "zstd"}))
    options(project, compression="gzip")
    assert dump(project)[0].endswith(".csv.gz")


def test_the_command_line_wins_over_luigis_settings(project: Project) -> None:
    options(project, compression="zstd")
    assert dump(project, "--warehouse-compression", "gzip")[0].endswith(".csv.gz")


def test_parts_and_connections_are_options_too(project: Project) -> None:
    project.upstream(
        "INSERT INTO orders SELECT i, 'x', md5(i::text) || md5((i + 1)::text), 1"
        " FROM generate_series(2000, 200000) AS i"
    )
    options(project, slices=3, connections=2, part_size=1048576, chunk_threshold=0)
    parts = dump(project)
    assert len(parts) >= 3
    assert len(parts) % 3 == 0


def test_wrong_options_are_all_reported_with_their_place_and_what_is_expected(
    project: Project,
) -> None:
    options(project, compression="gzipp", slices="many", part_size=7, connections=100)
    change_configuration(project, lambda raw: raw["s3"].update(bucket="x"))
    failed = project.pipeline("validate", code=3)
    lines = failed.err.splitlines()
    assert any(
        line.endswith("s3.bucket: this key is unknown; did you mean 'bucket_name'?")
        for line in lines
    )
    for expected in (
        "luigi.cfg: dump.compression: found 'gzipp', expected one of zstd, gzip",
        "luigi.cfg: dump.connections: found 100, expected 64 or less",
        "luigi.cfg: dump.part_size: found 7, expected a number of bytes from 1048576",
        "luigi.cfg: dump.slices: found 'many', expected a whole number",
    ):
        assert any(expected in line for line in lines), (expected, lines)


def test_the_designs_of_the_file_are_used_unless_an_option_names_others(project: Project) -> None:
    (project.folder / "designs").rename(project.folder / "elsewhere")
    change_configuration(project, lambda raw: raw.update(design_dir="elsewhere"))
    project.pipeline("validate")
    failed = project.pipeline("--designs", "nowhere", "validate", code=3)
    assert "there is no design folder at nowhere" in failed.err


def test_a_configuration_may_be_yaml(project: Project) -> None:
    raw = json.loads((project.folder / "sources.json").read_text())
    (project.folder / "sources.yaml").write_text("# for people\n" + yaml.safe_dump(raw))
    (project.folder / "sources.json").unlink()
    project.pipeline("-c", "sources.yaml", "validate")
    project.luigi("DumpTable", "--table", "{src}.orders", "--warehouse-config", "sources.yaml")


def test_a_missing_file_is_an_error_that_names_file_and_variable(project: Project) -> None:
    failed = project.pipeline("validate", DATA_WAREHOUSE_CONFIG="nowhere.json", code=3)
    assert "nowhere.json: No such file or directory; " in failed.err
    assert "or let DATA_WAREHOUSE_CONFIG name the configuration file" in failed.err


@pytest.fixture
def validate(project: Project) -> tuple[str, ...]:
    """The command as a user who is not in /etc/passwd, as in many containers, nor is root."""
    become = ("unshare", "--user", "--map-user=54321")
    if not shutil.which("unshare") or project.run(*become, "true", code=None).code:
        pytest.skip("there are no user namespaces")
    return (*become, sys.executable, "-m", "pipeline", "validate")


def test_a_user_without_a_name_needs_a_prefix(project: Project, validate: tuple[str, ...]) -> None:
    project.run(*validate)
    file = project.folder / "luigi.cfg"
    file.write_text(re.sub("(?m)^prefix.*$", "", file.read_text(encoding="utf-8")), "utf-8")
    failed = project.run(*validate, code=3)
    assert "s3.prefix: is missing, and its default, too" in failed.err


def test_settings_of_luigi_that_cannot_be_read_are_a_fault(
    project: Project, validate: tuple[str, ...]
) -> None:
    (project.folder / "luigi.cfg").chmod(0)
    failed = project.run(*validate, code=3)
    assert "luigi.cfg: cannot be read: Permission denied" in failed.err


def test_a_command_looks_at_another_prefix(project: Project) -> None:
    project.luigi("CopyTable", "--table", "{src}.orders")
    here = project.pipeline("status", "{src}.orders")
    there = project.pipeline("--prefix", "elsewhere", "status", "{src}.orders")
    assert "never loaded" not in here.out
    assert "never loaded" in there.out


def printed_example() -> str:
    """The smallest configuration, as the documentation prints it."""
    return blocks(read_page("docs/configuration.md"), "json")[0]


CATEGORIES = """
name: dw.category_count
source_name: CTAS
columns:
  - {name: categories, sql_type: bigint}
"""


def test_the_smallest_configuration_works_as_printed(project: Project, tmp_path: Path) -> None:
    """Nothing but the bucket's name is filled in; owner, groups, prefix are the defaults."""
    folder = tmp_path / "smallest"
    (folder / "config").mkdir(parents=True)
    text = printed_example()
    assert json.loads(text)["s3"]["bucket_name"] == "<your bucket>"
    (folder / "config" / "sources.json").write_text(text.replace("<your bucket>", BUCKET))
    (folder / "designs" / "dw").mkdir(parents=True)
    (folder / "designs" / "dw" / "category_count.yaml").write_text(CATEGORIES)
    (folder / "designs" / "dw" / "category_count.sql").write_text(
        "SELECT COUNT(*) AS categories FROM www.categories\n"
    )
    project.folder = folder
    for name in ("DATA_WAREHOUSE_CONFIG", "LUIGI_CONFIG_PATH"):
        del project.environment[name]

    project.pipeline("design", "www.categories")
    project.luigi("LoadAll")

    ((categories,),) = project.rows("SELECT COUNT(*) FROM www.categories")
    assert categories > 0
    assert project.rows("SELECT categories FROM dw.category_count") == [(categories,)]
    assert project.rows("SELECT CURRENT_USER") == [("dw",)]
    groups = "SELECT groname FROM pg_catalog.pg_group WHERE groname IN ('etl_rw', 'analyst_ro')"
    assert len(project.rows(groups)) == 2
    assert f"Run of {DATE}" in project.luigi("LoadAll").out

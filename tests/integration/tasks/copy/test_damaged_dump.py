"""A dump that is damaged in S3 is not loaded; the next run makes it again by itself."""

import re

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import Project, check_loaded


def test_a_dump_whose_part_is_gone_is_made_again_by_the_next_run(project: Project) -> None:
    project.luigi("LoadAll")
    (manifest,) = [key for key in project.keys(".manifest") if "orders" in key]
    (part,) = project.parts(manifest)
    project.s3().delete_object(Bucket=BUCKET, Key=part)
    forget_load(project, "orders")

    failed = project.luigi("LoadAll", code=30)

    lines = [line.strip() for line in failed.out.splitlines()]
    assert (
        f"{project.src}.orders: s3://{BUCKET}/{part} is missing. The manifest was withdrawn: the"
        f" next run dumps {project.src}.orders again"
    ) in " ".join(lines)
    assert re.fullmatch(r"luigi --module pipeline LoadAll .*", lines[-1])
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]

    project.luigi("LoadAll")
    check_loaded(project)


def forget_load(project: Project, table: str) -> None:
    """Delete the marker of a load and leave its dump."""
    project.rows(
        f"DELETE FROM {{etl}}.table_updates WHERE task = 'CopyTable' AND target_table ="
        f" '{{src}}.{table}'"
    )

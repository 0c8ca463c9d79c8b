"""A file that is replaced while COPY reads it: no rows of it are published."""

from collections.abc import Callable

from pipeline.local.stack import BUCKET, IAM_ROLE
from tests.support.projects.warehouse import DATE, Project, change_configuration

RATES = """
name: {src}.rates
source_name: {src}.partner.rates
columns:
  - {{name: code, sql_type: varchar(10)}}
  - {{name: rate, sql_type: integer}}
"""


def test_a_file_that_is_replaced_after_it_was_proved_is_an_error(
    new_project: Callable[..., Project],
) -> None:
    project = new_project(designs={"{src}/partner-rates.yaml": RATES})
    source = {"name": project.src, "s3_path": f"s3://{BUCKET}/{project.prefix}/in/${{table}}*"}
    change_configuration(project, lambda raw: raw.update(sources=[source]))
    key = f"{project.prefix}/in/rates-000"
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=b"eur,1\n")
    unload = (
        f"UNLOAD ('SELECT ''usd'', 2') TO 's3://{BUCKET}/{key.removesuffix('000')}'"
        f" IAM_ROLE '{IAM_ROLE}' CSV ALLOWOVERWRITE PARALLEL OFF"
    )
    words = ("CopyTable", "--table", f"{project.src}.rates", "--date", DATE, "--local-scheduler")

    failed = project.program("interfere", "copy", unload, *words, code=30)

    changed = f"s3://{BUCKET}/{key} was replaced: it has another content of the same size"
    assert changed in failed.out
    assert f"pipeline forget {project.src}.rates --date {DATE}'" in failed.out
    assert project.rows("SELECT code FROM {src}.rates") == []
    project.pipeline("forget", "{src}.rates", "--date", DATE)
    project.luigi(*words[:3])
    assert project.rows("SELECT code FROM {src}.rates") == [("usd",)]

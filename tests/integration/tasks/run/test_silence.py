"""A run ends although a server falls silent, and the next run is right."""

from psycopg2.extensions import make_dsn, parse_dsn

from tests.support.projects.warehouse import Project, check_loaded
from tests.support.servers.proxy import proxy

ANSWERS = 20_000
"""Bytes: more than a dump asks of the catalog, and less than it reads of the orders."""


def test_an_upstream_that_falls_silent_fails_its_dumps_and_the_next_run_continues(
    project: Project,
) -> None:
    upstream = project.environment["UPSTREAM"]
    with proxy(int(parse_dsn(upstream)["port"])) as between:
        between.longest = ANSWERS
        project.environment["UPSTREAM"] = make_dsn(upstream, port=between.port)
        run = project.luigi("LoadAll", "--warehouse-silence-timeout", "2", code=30)
        between.recover()
        again = project.luigi("LoadAll")
    assert f"FAILED DumpTable {project.src}.orders" in run.out
    assert "public.orders: the server is silent for 2 s (silence_timeout)" in run.out
    assert f"FAILED DumpTable {project.src}.customers" not in run.out
    assert "FAILED" not in again.out
    check_loaded(project)

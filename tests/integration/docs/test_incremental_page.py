"""The examples of docs/incremental.md are read, and its statements run."""

from psycopg2.extensions import parse_dsn

from pipeline.designs.model.incremental import Incremental
from tests.support.database import execute, query
from tests.support.pages import blocks, read_page
from tests.support.values.designs import parse_design

PAGE = read_page("docs/incremental.md")
YAML, SQL = (blocks(PAGE, kind) for kind in ("yaml", "sql"))
DESIGN = """\
name: www.payments
source_name: www.public.payments
columns:
  - {name: id, sql_type: bigint, not_null: true}
constraints: {primary_key: [id]}
"""


def test_the_examples_are_designs():
    [written] = YAML
    found = parse_design("www/public-payments.yaml", DESIGN + written).extract.incremental
    assert found == Incremental("updated_at")


def test_the_trigger_sets_the_cursor_and_the_reader_sees_transactions(new_database, reader):
    [statements] = SQL
    dsn = new_database()
    execute(dsn, "CREATE TABLE payments (id int PRIMARY KEY, updated_at timestamptz NOT NULL)")
    execute(dsn, "INSERT INTO payments VALUES (1, '2001-01-01')")
    execute(dsn, statements.replace("TO reader", f"TO {parse_dsn(reader(dsn))['user']}"))
    execute(dsn, "UPDATE payments SET id = 2; INSERT INTO payments VALUES (3)")
    old = "SELECT count(*) FROM payments WHERE updated_at < now() - interval '1 day'"
    assert query(dsn, old) == [(0,)]

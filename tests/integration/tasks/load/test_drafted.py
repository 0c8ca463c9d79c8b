"""Tables of unusual databases load by the designs that are drafted for them."""

import json

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName
from pipeline.stores.designs.folder import read_folder
from tests.support.database import query

UPSTREAM = """
CREATE TYPE mood AS ENUM ('€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€');
CREATE TABLE notes (id int PRIMARY KEY, note text, mood mood, label name);
INSERT INTO notes
SELECT g, repeat('€', 40), (enum_range(NULL::mood))[1], repeat('€', 63)
FROM generate_series(1, 150) AS g;
CREATE TABLE docs (id int PRIMARY KEY, doc jsonb);
INSERT INTO docs
SELECT g, jsonb_build_object('k', repeat('€', 20000), 'l', repeat('€', 20000))
FROM generate_series(1, 3) AS g;
CREATE TABLE files (id int PRIMARY KEY, body bytea);
INSERT INTO files VALUES (1, decode(repeat('ab', 40000), 'hex'));
CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE, v text);
CREATE TABLE child (extra int) INHERITS (parent);
INSERT INTO parent VALUES (1, 'x', 'p');
INSERT INTO child VALUES (1, 'x', 'c', 5);
CREATE TABLE late (id int);
INSERT INTO late VALUES (NULL), (1);
ALTER TABLE late ADD CONSTRAINT late_id NOT NULL id NOT VALID;
CREATE TABLE numbers (id int PRIMARY KEY, n numeric, few numeric(30,2), inf numeric, wide numeric);
INSERT INTO numbers
SELECT g, CASE WHEN g < 3 THEN numeric 'NaN' ELSE g * 1000 + g / 8.0 END, g,
    CASE WHEN g = 7 THEN numeric 'Infinity' ELSE g END, 10::numeric ^ 40
FROM generate_series(1, 200) AS g;
CREATE TABLE codes (code int PRIMARY KEY);
INSERT INTO codes SELECT generate_series(1, 200);
"""


def test_drafts_fit_what_upstream_holds_and_guarantees(new_project):
    project = new_project(UPSTREAM, designs={}, encoding="WIN1252")

    drafted = project.pipeline("design", "{src}")
    project.pipeline("validate")
    project.luigi("LoadAll")

    table = f"{project.src}.{{}}".format
    for name in ("notes", "docs", "files", "parent", "child", "late", "numbers", "codes"):
        upstream = query(project.upstream_dsn, f"SELECT count(*) FROM {name}")
        assert project.rows(f"SELECT COUNT(*) FROM {table(name)}") == upstream
    euros = "€" * 40, "€" * 63, "€" * 63
    assert project.rows("SELECT DISTINCT note, mood, label FROM {src}.notes") == [euros]
    docs = [
        json.loads(doc) for (doc,) in project.rows("SELECT JSON_SERIALIZE(doc) FROM {src}.docs")
    ]
    assert docs == [{"k": "€" * 20000, "l": "€" * 20000}] * 3
    ((body,),) = project.rows("SELECT body FROM {src}.files")
    assert body == "ab" * 40000
    sums = "SELECT SUM(n), SUM(few), COUNT(*) FROM {}.numbers WHERE n IS NOT NULL"
    expected = query(
        project.upstream_dsn,
        "SELECT sum(n), sum(few), count(*) FROM numbers WHERE n <> 'NaN'",
    )
    assert project.rows(sums.format(project.src)) == expected

    designs = Catalog.parse(read_folder(project.folder / "designs"))
    found = {name: designs[TableName(project.src, name)] for name in ("parent", "late", "codes")}
    assert found["parent"].constraints.keys == ()
    assert [column.name for column in found["parent"].columns if column.not_null] == ["id"]
    assert not found["late"].columns[0].not_null
    assert found["codes"].attributes.distribution == "all"
    text = (project.folder / "designs" / project.src / "public-numbers.yaml").read_text()
    assert NUMBERS in text
    assert "keys (id), (code) omitted: they do not hold for the rows of tables that" in drafted.out
    assert "id: not_null omitted: NOT NULL was never validated in public.late" in drafted.out
    assert "n: 2 of 200 rows become NULL here: no precision upstream" in drafted.out


NUMBERS = """\
  # 2 of 200 rows become NULL here: no precision upstream, up to 6 digits and 3 decimals found;
  # NaN becomes NULL
  - name: 'n'
    sql_type: numeric(18,6)
    source_sql_type: numeric
    expression: >-
      CASE WHEN "n" = trunc("n", 6) THEN NULLIF("n", 'NaN') ELSE ('more than 6 decimals: ' ||
      "n")::numeric END
  - name: few
    sql_type: numeric(30,2)
    source_sql_type: numeric(30,2)
    expression: NULLIF("few", 'NaN')  # NaN becomes NULL
  - name: 'inf'
    sql_type: varchar(64)
    source_sql_type: numeric
    expression: '"inf"::text'  # no precision upstream, infinity in 1 row: kept as text
  # no precision upstream, up to 41 digits and 0 decimals: exceeds numeric(38,37), kept as text
  - name: wide
    sql_type: varchar(82)
    source_sql_type: numeric
    expression: '"wide"::text'
"""

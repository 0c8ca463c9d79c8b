"""The results that Amazon's Developer Guide prints, statement by statement.

Each line of ``documented.tsv`` holds a page of https://docs.aws.amazon.com/redshift/latest/dg/
(without ``.html``), a statement and its result: cells separated by ``|``, rows by `` / ``. The
names of the columns follow if they are those that the page prints.
"""

from pathlib import Path

import psycopg2.extensions

LINES = Path(__file__).with_name("documented.tsv").read_text(encoding="utf-8").splitlines()
TYPES = (16, 20, 21, 23, 25, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1266, 1700, 4000, 6551)


def test_rule_39_printed_results_of_the_developer_guide(client):
    as_text = psycopg2.extensions.new_type(TYPES, "TEXT", lambda value, cursor: value)
    psycopg2.extensions.register_type(as_text, client.connection)
    different = []
    for line in LINES:
        page, statement, expected, *names = line.split("\t")
        rows, columns = _run(client, statement)
        found = " / ".join("|".join(_shown(value) for value in row) for row in rows)
        if names and columns != names[0]:
            different.append(f"{page}: {statement}\n  names: {names[0]}\n  found: {columns}")
        if found != expected:
            different.append(f"{page}: {statement}\n  documented: {expected}\n  found: {found}")
    assert not different, "\n".join(different)


def _run(client, statement):
    with client.connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall(), "|".join(column.name for column in cursor.description)


def _shown(value):
    return "NULL" if value is None else value.strip()

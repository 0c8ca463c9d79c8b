"""A fingerprint changes with everything that determines a result, and with nothing else."""

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.designs import fingerprint
from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints, checks_fingerprint
from pipeline.designs.model.checks import AcceptedValues, Check, Query, Relationship
from pipeline.designs.model.design import Column, Design, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.names import Fingerprint, TableName
from pipeline.sql.tables.ddl import definition
from tests.support.paths import ROOT
from tests.support.values.designs import parse_design

DESIGN = Design(
    name=TableName("www", "orders"),
    kind="TABLE",
    stem="www/public-Orders",
    columns=(
        Column("id", "bigint", not_null=True),
        Column("note", "varchar(80)", expression='upper("Note")', source_name="Note"),
        Column("hidden", "int", skipped=True),
    ),
    source=TableName("public", "Orders"),
    extract=ExtractSettings("id > 0"),
)
ID, NOTE, HIDDEN = DESIGN.columns
CURSOR = Incremental("updated_at")


def incremental(found):
    return replace(DESIGN, extract=ExtractSettings("id > 0", found))


# Values that stored markers depend on: if one changes, every installation reloads all tables.
GOLDEN = {
    "dump": "8f4ec5a24b46",
    "limited": "9f18d8d63b33-limit10",
    "incremental": "fd44fb3a3f80",
    "create": "223e6e6733d2",
    "copy": "d418a655936a",
    "refresh": "bf5afe8b0c32",
    "upload": "1dadc94e7be8",
}


def computed():
    ctas = replace(DESIGN, kind="CTAS", source=None, query="SELECT 'ä' AS id -- comment")
    a, b, c, d, e = (Fingerprint(digit * 12) for digit in "abcde")
    found = {
        "dump": fingerprint.dump(DESIGN),
        "limited": fingerprint.dump(DESIGN, limit=10),
        "incremental": fingerprint.dump(incremental(CURSOR)),
        "create": fingerprint.create('CREATE TABLE "www"."orders" ("id" bigint)'),
        "copy": fingerprint.copy(a, b),
        "refresh": fingerprint.refresh(ctas, c, [d, e]),
        "upload": fingerprint.upload("name: www.orders\n", None),
    }
    return {name: str(value) for name, value in found.items()}


def test_fingerprints_never_change():
    assert computed() == GOLDEN


def test_fingerprints_are_the_same_in_another_process():
    program = (
        "from tests.unit.designs import test_fingerprint as t;print(sorted(t.computed().items()))"
    )
    for seed in ("1", "2"):
        output = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert output.strip() == str(sorted(GOLDEN.items()))


@pytest.mark.parametrize(
    "changed",
    [
        replace(DESIGN, source=TableName("public", "orders")),
        replace(DESIGN, name=TableName("web", "orders")),
        replace(DESIGN, columns=(NOTE, ID, HIDDEN)),
        replace(DESIGN, columns=(ID, replace(NOTE, expression='lower("Note")'))),
        replace(DESIGN, columns=(ID, replace(NOTE, expression=None))),
        replace(DESIGN, columns=(ID, replace(NOTE, source_name="note"))),
        replace(DESIGN, columns=(ID, NOTE, replace(HIDDEN, skipped=False))),
        replace(DESIGN, extract=ExtractSettings()),
        replace(DESIGN, extract=ExtractSettings("id > 1")),
    ],
)
def test_dump_changes_with_what_is_dumped(changed):
    assert fingerprint.dump(changed) != fingerprint.dump(DESIGN)


@pytest.mark.parametrize(
    "changed",
    [
        replace(DESIGN, description="Orders.", tags=("core",)),
        replace(DESIGN, columns=(replace(ID, description="The key."), NOTE, HIDDEN)),
        replace(DESIGN, columns=(replace(ID, encoding="raw", sql_type="int"), NOTE, HIDDEN)),
        replace(DESIGN, columns=(ID, NOTE)),
        replace(DESIGN, columns=(ID, replace(NOTE, expression='upper( "Note" ) -- all'))),
        replace(DESIGN, extract=ExtractSettings("ID  >  0")),
        replace(DESIGN, extract=ExtractSettings("id > 0", engine="spark")),
        replace(DESIGN, columns=(replace(ID, source_sql_type="bigint"), NOTE, HIDDEN)),
    ],
)
def test_dump_does_not_change_with_the_rest(changed):
    assert fingerprint.dump(changed) == fingerprint.dump(DESIGN)


@pytest.mark.parametrize(
    "changed",
    [
        replace(CURSOR, column="changed_at"),
        replace(CURSOR, window=dt.timedelta(days=3)),
        replace(CURSOR, set_by="application"),
        replace(CURSOR, lag=dt.timedelta(hours=1)),
        replace(CURSOR, lag=1000),
        replace(CURSOR, deletes="ignore"),
        replace(CURSOR, deletes="marked", deleted_column="deleted_at"),
        replace(CURSOR, deletes="marked", deleted_column="gone_at"),
    ],
)
def test_dump_changes_with_what_a_position_depends_on(changed):
    found = {fingerprint.dump(incremental(each)) for each in (None, CURSOR, changed)}
    assert len(found) == 3


@pytest.mark.parametrize(
    "changed",
    [
        replace(CURSOR, max_delete_share=0.5),
        replace(CURSOR, full_every=None),
    ],
)
def test_dump_does_not_change_with_what_no_position_depends_on(changed):
    assert fingerprint.dump(incremental(changed)) == fingerprint.dump(incremental(CURSOR))


CHECKS = (
    Check("a", AcceptedValues("note", ("x", Decimal("0.5"), 2)), where="ID > 0"),
    Check("b", Relationship("id", TableName("www", "customers"), "id"), "warn"),
    Check("c", Query("SELECT * FROM {relation}")),
)
CHECKED = replace(DESIGN, checks=CHECKS)


def test_checks_do_not_change_rows():
    assert definition(CHECKED) == definition(DESIGN)
    assert fingerprint.dump(CHECKED) == fingerprint.dump(DESIGN)


def test_checks_have_a_fingerprint_of_their_own():
    assert checks_fingerprint(DESIGN) == ""
    assert checks_fingerprint(CHECKED) == "8c77622ac27c"
    first, second, third = CHECKS
    same = (
        third,
        replace(second),
        replace(first, where="id > 0 -- all"),
    )
    assert checks_fingerprint(replace(DESIGN, checks=same)) == "8c77622ac27c"
    different = (
        (second, third),
        (replace(first, name="d"), second, third),
        (replace(first, severity="warn"), second, third),
        (replace(first, where=None), second, third),
        (replace(first, rule=AcceptedValues("note", ("x", 2))), second, third),
        (first, second, replace(third, rule=Query("SELECT 1 FROM {relation}"))),
    )
    found = {checks_fingerprint(replace(DESIGN, checks=each)) for each in different}
    assert len(found) == len(different)
    assert checks_fingerprint(CHECKED) not in found


def test_dump_changes_with_the_size_of_a_window():
    sizes = [replace(CURSOR, window=dt.timedelta(days=days)) for days in (3, 30)]
    assert len({fingerprint.dump(incremental(each)) for each in sizes}) == 2


@pytest.mark.parametrize(
    ("sql_type", "same"), [("integer", False), ("date", False), ("int8", True), ("bigint", True)]
)
def test_a_dump_is_made_again_for_another_type_that_its_values_were_checked_for(sql_type, same):
    changed = replace(DESIGN, columns=(replace(ID, sql_type=sql_type), NOTE, HIDDEN))
    before, after = (Fingerprints({each.name: each}, definition) for each in (DESIGN, changed))
    assert (before.dump(DESIGN.name) == after.dump(DESIGN.name)) is same
    wider = replace(DESIGN, columns=(ID, replace(NOTE, sql_type="varchar(99)"), HIDDEN))
    assert Fingerprints({wider.name: wider}, definition).dump(wider.name) == before.dump(
        wider.name
    )


def test_each_limit_gives_a_dump_another_fingerprint():
    found = {fingerprint.dump(DESIGN, limit=limit) for limit in (None, 1, 10)}
    assert len(found) == 3


def test_upload_changes_with_every_byte():
    texts = [("a", None), ("a ", None), ("a", ""), ("a", "b"), ("ab", None), ("b", "a")]
    assert len({fingerprint.upload(*each) for each in texts}) == len(texts)


QUERY = "SELECT id FROM www.orders"
FILES = {
    "www/public-orders.yaml": "name: www.orders\ncolumns: [{name: id, sql_type: int}]",
    "www/public-users.yaml": "name: www.users\ncolumns: [{name: id, sql_type: int}]",
    "a/one.yaml": "name: a.one\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/one.sql": QUERY,
    "a/v.yaml": "name: a.v\nsource_name: VIEW\ncolumns: [{name: id}]",
    "a/v.sql": "SELECT id FROM a.one",
    "a/two.yaml": "name: a.two\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/two.sql": "SELECT v.id FROM a.v",
}


def contents(files, limit=None):
    catalog = Catalog.parse(files)
    prints = Fingerprints(catalog.designs, _ddl, limit)
    return {str(name): prints.content(name) for name in catalog.designs}


def _ddl(design):
    return str([(column.name, column.sql_type) for column in design.columns])


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("a/one.sql", QUERY, "SELECT id FROM www.orders WHERE id > 1", "a.one a.two a.v"),
        ("a/two.sql", "a.v", "a.v, www.users", "a.two"),
        ("www/public-users.yaml", "int}", "bigint}", "www.users"),
        ("www/public-orders.yaml", "int}", "bigint}", "a.one a.two a.v www.orders"),
        (
            "www/public-orders.yaml",
            "int}",
            "int, expression: id + 1}",
            "a.one a.two a.v www.orders",
        ),
        ("a/v.yaml", "CTAS", "CTAS", ""),
        ("a/v.yaml", "VIEW\n", "VIEW\ndepends_on: [www.users]\n", "a.two a.v"),
        ("a/one.sql", QUERY, "select ID\n  from WWW.orders -- all of them\n;", ""),
        ("www/public-orders.yaml", "name: www", "description: Orders.\nname: www", ""),
    ],
)
def test_change_reaches_exactly_what_depends_on_it(file, before, after, expected):
    old, new = contents(FILES), contents(FILES | {file: FILES[file].replace(before, after)})
    assert " ".join(sorted(name for name in new if new[name] != old[name])) == expected


def test_limit_reaches_everything_that_comes_from_dumps():
    old, new = contents(FILES), contents(FILES, limit=10)
    assert all(old[name] != new[name] for name in old)


def test_a_long_chain_renders_each_relation_once():
    count = 3000
    designs = {
        TableName("a", f"t{n}"): Design(
            name=TableName("a", f"t{n}"),
            kind="CTAS",
            stem=f"a/t{n}",
            columns=(Column("id", "int"),),
            query=f"SELECT id FROM a.t{n - 1}",
            reads=(TableName("a", f"t{n - 1}"),) if n else (),
        )
        for n in range(count)
    }
    seen = []
    prints = Fingerprints(designs, lambda design: seen.append(design) or "")
    last = prints.content(TableName("a", f"t{count - 1}"))
    assert len(seen) == count
    assert prints.content(TableName("a", f"t{count - 1}")) == last
    assert len(seen) == count


def test_diamonds_do_not_multiply_the_work():
    """Each relation reads the last ten: without a cache, the paths would be endless."""

    class Counting(dict):
        looks = 0

        def __getitem__(self, name):
            self.looks += 1
            return super().__getitem__(name)

    names = [TableName("a", f"t{n}") for n in range(300)]
    designs = {
        name: Design(
            name, "CTAS", str(name), (Column("id", "int"),), reads=tuple(names[max(0, n - 10) : n])
        )
        for n, name in enumerate(names)
    }
    counting = Counting(designs)
    assert len(Fingerprints(counting, str).content(names[-1]).digits) == fingerprint.DIGITS
    assert counting.looks <= 4 * len(names)


def test_parsed_file_and_value_have_the_same_fingerprint():
    text = (
        "name: www.orders\ncolumns:\n"
        "  - {name: id, sql_type: bigint, not_null: true}\n"
        "  - {name: Note, sql_type: varchar(80), expression: 'upper(\"Note\")'}\n"
        "extract_settings: {condition: id > 0}"
    )
    design = parse_design("www/public-Orders.yaml", text)
    assert fingerprint.dump(design) == fingerprint.dump(DESIGN)


ORDERS, ONE = TableName("www", "orders"), TableName("a", "one")


def prints(limit):
    return Fingerprints(Catalog.parse(FILES).designs, str, limit)


def test_fingerprints_of_a_limited_dump_and_its_content_end_with_the_limit():
    found = prints(100)
    for each in (found.dump(ORDERS), found.content(ORDERS), found.content(ONE)):
        assert str(each).endswith("-limit100")
        assert each.limit == 100


def test_a_limit_does_not_change_the_fingerprint_of_a_definition():
    assert prints(100).create(ORDERS) == prints(None).create(ORDERS)


def test_fingerprints_of_all_rows_have_no_limit():
    found = prints(None)
    for each in (found.dump(ORDERS), found.content(ORDERS), found.content(ONE)):
        assert each.limit is None


@pytest.mark.parametrize("limits", [(1, 2), (1, 10), (10, None)])
def test_each_limit_makes_fingerprints_of_its_own(limits):
    one, other = (prints(limit).content(ONE) for limit in limits)
    assert one != other

"""What a table must have so that its changes can be detected and applied."""

import pytest

from pipeline.designs.rules.incremental import incremental_warnings
from pipeline.errors import DesignError
from tests.support.values.designs import parse_design

FILE = "www/public-orders.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {{name: id, sql_type: bigint, source_sql_type: bigint, not_null: true}}
  - {{name: shop, sql_type: varchar(40)}}
  - {{name: changed, sql_type: {type}, source_sql_type: {source_type}{more}}}
constraints: {constraints}
extract_settings:
  incremental: {incremental}
"""
MOMENT = {"type": "timestamptz", "source_type": "timestamp with time zone"}


def parse(incremental, more=", not_null: true", constraints="{primary_key: [id]}", **types):
    values = {**MOMENT, **types}
    values |= {"incremental": incremental, "more": more, "constraints": constraints}
    return parse_design(FILE, DESIGN.format(**values))


def faults(*words, **changes):
    with pytest.raises(DesignError) as caught:
        parse(*words, **changes)
    return [f"{fault.key}: {fault.message}" for fault in caught.value.faults]


TIMES = {
    "timestamptz": "timestamp(3) with time zone",
    "timestamp": "timestamp without time zone",
    "date": "date",
}
NUMBERS = {"smallint": "smallint", "bigint": "bigint", "numeric(20,0)": "numeric(20,0)"}
CURSOR = "extract_settings.incremental.cursor"
LAG = "extract_settings.incremental.lag"
SET_BY = "extract_settings.incremental.set_by"
PLACE = "extract_settings.incremental"
WINDOW = "extract_settings.incremental.window.column"


@pytest.mark.parametrize(("own", "upstream"), TIMES.items())
def test_a_time_is_a_cursor(own, upstream):
    parse("{cursor: changed}", type=own, source_type=upstream)
    parse("{cursor: changed, set_by: application, lag: 2 days}", type=own, source_type=upstream)


@pytest.mark.parametrize(("own", "upstream"), NUMBERS.items())
def test_a_number_is_a_cursor_that_an_application_sets(own, upstream):
    types = {"type": f"'{own}'", "source_type": f"'{upstream}'"}
    parse("{cursor: changed, set_by: application, lag: 1}", **types)
    name = f"'changed' is {upstream} upstream"
    assert faults("{cursor: changed}", **types) == [
        f"{SET_BY}: {name}, which is not a time; expected application, with a lag"
    ]
    assert faults("{cursor: changed, set_by: application, lag: 1 day}", **types) == [
        f"{LAG}: {name}; expected a whole number, as in lag: 1000"
    ]


@pytest.mark.parametrize(
    "upstream", ["text", "double precision", "uuid", "jsonb", "bigint[]", "int8range", "boolean"]
)
def test_other_types_are_no_cursors(upstream):
    types = {"type": "varchar(40)", "source_type": f"'{upstream}'"}
    assert faults("{cursor: changed}", **types) == [
        (
            f"{CURSOR}: 'changed' is {upstream} upstream; expected timestamptz, timestamp, date,"
            " integer or numeric"
        )
    ]


def test_the_type_of_a_domain_is_known_upstream_alone():
    parse("{cursor: changed}", source_type="shop.moment")
    parse("{cursor: not_in_the_design, set_by: application, lag: 5}")


def test_a_lag_has_the_unit_of_its_cursor():
    assert faults("{cursor: changed, lag: 5}") == [
        (
            f"{LAG}: 'changed' is timestamp with time zone upstream; expected a duration such as"
            " 15 minutes"
        )
    ]
    assert faults("{cursor: changed, lag: 5 hours}", type="date", source_type="date") == [
        f"{LAG}: 'changed' is date upstream; expected whole days, as in lag: 1 day"
    ]


def test_clocks_of_applications_require_a_lag():
    assert faults("{cursor: changed, set_by: application}") == [
        (
            f"{SET_BY}: application requires a lag: how long after its value is set a row can be"
            " committed, and how far the clocks differ, as in lag: 15 minutes; for"
            " numbers, lag: 1000"
        )
    ]


def test_a_share_of_deletes_requires_deletes():
    assert faults("{cursor: changed, deletes: ignore, max_delete_share: 1%}") == [
        f"{PLACE}.max_delete_share: requires deletes: compare_keys; nothing else deletes rows"
    ]


def test_a_load_of_all_rows_is_not_due_at_once():
    parse("{cursor: changed, full_every: 61 minutes}")
    assert faults("{cursor: changed, full_every: 1 hour}") == [
        f"{PLACE}.full_every: expected more than 1 hour: every run would load all rows"
    ]


def test_a_row_must_have_a_key_that_is_never_null():
    parse("{cursor: changed}", constraints="[{unique: [id, changed]}, {unique: [shop]}]")
    assert faults("{cursor: changed}", constraints="{}") == [
        f"{PLACE}: requires a primary_key or unique key, by which a row replaces its older version"
    ]
    assert faults("{cursor: changed}", constraints="{unique: [id, shop]}") == [
        (
            f"{PLACE}: rows are identified by (id, shop), but 'shop' can be NULL; set its"
            " not_null: true, or declare a key that is never NULL before this one"
        )
    ]
    parse("{cursor: changed}", constraints="{primary_key: [id, shop]}")


@pytest.mark.parametrize("own", ["double precision", "real", "super", "geometry"])
def test_a_key_must_be_comparable(own):
    found = faults(
        "{cursor: id, set_by: application, lag: 1}",
        type=own,
        source_type="text",
        constraints="{primary_key: [changed]}",
    )
    assert found == [
        (
            f"{PLACE}: rows are identified by (changed), but 'changed' is {own}, which cannot"
            " identify a row"
        )
    ]


def test_surrogate_keys_are_loaded_whole():
    text = DESIGN.format(
        **MOMENT,
        more=", not_null: true",
        constraints="{natural_key: [id], unique: [id]}",
        incremental="{cursor: changed}",
    ).replace(
        "columns:", "columns:\n  - {name: k, sql_type: bigint, identity: true, not_null: true}"
    )
    with pytest.raises(
        DesignError, match="'k' is an identity column: such a table is loaded whole"
    ):
        parse_design(FILE, text)


def test_a_derived_table_has_no_incremental_load():
    text = DESIGN.format(**MOMENT, more="", constraints="{}", incremental="{cursor: changed}")
    text = text.replace("source_name: www.public.orders", "source_name: CTAS")
    with pytest.raises(DesignError, match="extract_settings: CTAS is not extracted from upstream"):
        parse_design("www/orders.yaml", text, "SELECT 1 AS id, 'a' AS shop, SYSDATE AS changed")


def test_the_mark_of_deleted_rows_must_reach_the_warehouse():
    assert faults("{cursor: changed, deletes: {column: shops}}") == [
        (
            f"{PLACE}.deletes.column: no column of the warehouse has the value of 'shops', so rows"
            " that upstream marks as deleted look like all others; load it; did you mean 'shop'?"
        )
    ]
    parse("{cursor: changed, deletes: {column: shop}}")
    gone = ", expression: '\"goneAt\" IS NULL'"
    parse("{cursor: elsewhere, deletes: {column: goneAt}}", gone, type="boolean")


EVENTS = "{window: {column: changed, size: 3 days}}"
KEPT = """, not_null: true, expression: "CASE WHEN changed BETWEEN '0001-01-01' AND '9999-12-31' \
THEN changed END\""""


@pytest.mark.parametrize(("own", "upstream"), TIMES.items())
@pytest.mark.parametrize("more", [", not_null: true", KEPT])
def test_a_window_needs_no_key(own, upstream, more):
    parse(EVENTS, more, "{}", type=own, source_type=upstream)


def test_a_window_takes_no_option_of_a_cursor():
    options = "set_by: application, lag: 1 day, deletes: ignore, max_delete_share: 5%"
    found = faults(EVENTS.replace("}}", f"}}, {options}}}"))
    assert found == [
        f"{PLACE}.{key}: does not apply to a window, all of whose rows are read again"
        for key in ("deletes", "lag", "max_delete_share", "set_by")
    ]


@pytest.mark.parametrize(
    ("more", "types", "fault"),
    [
        (
            "",
            {},
            "'changed' can be NULL, and a row with NULL is in no window; set its not_null: t",
        ),
        (
            ", skipped: true",
            {},
            "'changed' is not loaded, but the rows of the window are deleted by it",
        ),
        (
            ", not_null: true, expression: changed - interval '1 day'",
            {},
            "'changed' has an expression: its values are not those upstream",
        ),
        (
            ", not_null: true",
            {"type": "date"},
            "'changed' is date in the warehouse; expected timestamptz",
        ),
        (
            ", not_null: true",
            {"type": "varchar(40)", "source_type": "moment"},
            "'changed' is varchar(40) in the warehouse; expected timestamptz, timestamp, date",
        ),
    ],
)
def test_the_column_of_a_window_holds_the_values_of_upstream(more, types, fault):
    [found] = faults(EVENTS, more, **types)
    assert found.startswith(f"{WINDOW}: {fault}")


def test_a_number_is_no_window():
    found = faults(EVENTS, type="bigint", source_type="bigint")
    assert (
        f"{WINDOW}: 'changed' is bigint upstream; expected timestamptz, timestamp, date" in found
    )


def test_null_cursors_and_rows_that_leave_the_condition_are_warnings():
    def warnings(*words):
        return [f"{'.'.join(path)}: {text}" for path, text in incremental_warnings(parse(*words))]

    assert warnings("{cursor: changed}") == []
    assert warnings("{cursor: changed}", ", skipped: true") == []
    assert warnings("{cursor: changed}", "") == [
        (
            f"{CURSOR}: 'changed' can be NULL: rows with NULL are read by every run; set its"
            " not_null: true if upstream declares it"
        )
    ]
    two = (
        ", expression: upper(changed)}\n  - {name: at, source_name: changed,"
        " sql_type: timestamptz, not_null: true"
    )
    assert warnings("{window: {column: changed, size: 3 days}}", two) == []
    assert warnings("{cursor: changed, deletes: ignore}\n  condition: id > 0") == [
        f"{PLACE}.deletes: rows that no longer meet the condition stay, as deleted rows do"
    ]

"""Two runs that fill the same tables: rows of both never mix, and each tells who was there."""

from tests.support.projects.warehouse import DESIGNS, Outcome, Project, check_loaded

OTHERS = """
UPDATE {etl}.table_updates SET prefix = 'other', update_id = 'other/' || update_id
WHERE task = 'CopyTable' AND target_table = '{src}.orders'
"""
"""What the marker of orders is after a run with another prefix has loaded the table."""

AGAIN = (
    "UPDATE {etl}.table_updates SET inserted_at = GETDATE() WHERE target_table = '{src}.orders'"
)
"""What it is after another process has loaded the same rows once more."""

LATER = (
    "UPDATE {etl}.table_updates SET run_date = '2024-05-02', update_id = 'x'"
    " WHERE target_table = '{src}.customers' AND run_date = '2024-04-30'"
)


LATER_ORDERS = LATER.replace("customers", "orders").replace("04-30", "05-01")


def run_while(project: Project, verb: str, statement: str, *words: str, code: int = 0) -> Outcome:
    """Run a command; the statement comes before its first one that begins with the verb."""
    names = {"etl": project.marker_schema, "src": project.src}
    options = ("--workers", "1", "--local-scheduler")
    return project.program(
        "interfere", verb, statement.format(**names), *words, *options, code=code
    )


def test_the_second_prefix_tells_whose_rows_it_replaced(project: Project) -> None:
    project.luigi("LoadAll")
    other = f"{project.prefix}-other"
    copy = ("CopyTable", "--table", "{src}.orders")
    second = project.luigi(*copy, "--warehouse-prefix", other)
    again = project.luigi("LoadAll")

    told = "replaced rows of 2026-11-21 (prefix '{}')"
    assert f"{project.src}.orders: {told.format(project.prefix)}" in second.err
    assert f"loaded, {told.format(project.prefix)}" in second.out
    assert f"loaded, {told.format(other)}" in again.out
    assert told.format(other) in project.pipeline("history").out
    project.rows(f"DELETE FROM {project.marker_schema}.table_updates WHERE prefix = '{other}'")
    check_loaded(project)


def test_a_prefix_of_the_command_line_is_named_beside_the_commands_of_messages(
    project: Project,
) -> None:
    project.upstream("ALTER TABLE orders DROP CONSTRAINT orders_pkey")
    project.upstream("INSERT INTO orders SELECT * FROM orders WHERE id = 1")
    dump = ("CopyTable", "--table", "{src}.orders")
    failed = project.luigi(*dump, "--warehouse-prefix", "wip", code=30)
    assert "pipeline forget" in failed.out
    assert "for this prefix if you write 'pipeline -p wip …'" in failed.out
    assert "for this prefix" not in project.luigi(*dump, code=30).out


def test_a_refresh_never_publishes_what_it_read_of_another_run(project: Project) -> None:
    """Orders are replaced while the query of totals runs."""
    refresh = ("RefreshCtas", "--table", f"{project.dw}.totals", "--date", "2026-11-21")
    project.luigi("LoadAll")
    project.pipeline("forget", "{dw}.totals", "--date", "2026-11-21")
    failed = run_while(project, "insert", OTHERS, *refresh, code=30)

    assert f"{project.dw}.totals was not refreshed: {project.src}.orders holds rows" in failed.out
    assert "(prefix 'other'), which another run loaded at" in failed.out
    assert project.leftovers() == []

    project.luigi("LoadAll")
    check_loaded(project)

    project.pipeline("forget", "{dw}.totals", "--date", "2026-11-21")
    repeated = run_while(project, "insert", AGAIN, *refresh)
    assert repeated.err.count("another run loads the same tables; loading again") == 1
    check_loaded(project)


def test_a_later_date_that_is_published_meanwhile_is_not_replaced(project: Project) -> None:
    """Neither the table nor what reads it gets rows of the earlier date; nothing fails."""
    refresh = ("RefreshCtas", "--table", f"{project.dw}.names", "--date")
    project.luigi(*refresh, "2024-04-30")
    project.upstream("DELETE FROM customers WHERE id = 4")
    done = run_while(project, "lock", LATER, *refresh, "2024-05-01")

    assert "superseded by rows of 2024-05-02" in done.out
    assert f"superseded, since {project.src}.customers holds rows of 2024-05-02" in done.out
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]
    assert project.leftovers() == []


def test_nothing_is_computed_from_a_table_that_was_superseded_in_the_same_run(
    project: Project,
) -> None:
    """It reads no table that holds rows of the later date, and totals hold rows of no date."""
    top, date = f"{project.dw}.top", ("--date", "2024-05-01")
    project.write("{dw}/top.yaml", DESIGNS["{dw}/totals.yaml"].replace("totals", "top"))
    project.write("{dw}/top.sql", "SELECT status, orders, total FROM {dw}.totals")
    project.luigi("RefreshCtas", "--table", top, *date)
    project.pipeline("forget", "{dw}.totals", "--downstream", *date)
    project.rows("DELETE FROM {dw}.totals WHERE status = 'new'")
    done = run_while(project, "insert", LATER_ORDERS, "RefreshCtas", "--table", top, *date)

    reason = f"superseded, since {project.src}.orders holds rows of 2024-05-02"
    assert done.out.count(reason) == 2, done.out
    assert project.rows("SELECT COUNT(*) FROM {dw}.top") == [(3,)]
    assert project.leftovers() == []


def test_a_table_whose_marker_changes_right_before_it_is_published_is_published(
    project: Project,
) -> None:
    """What was read before the lock is read again, and allows it still."""
    copy = ("CopyTable", "--table", "{src}.orders", "--date")
    project.luigi("CopyTable", "--table", "{src}.orders", "--date", "2024-04-30")
    done = run_while(project, "lock", AGAIN, *copy, "2024-05-01")

    changed = f"another task or run changed {project.src}.orders, or what its query reads"
    assert done.err.count(changed) == 1, done.text
    assert done.err.count("loaded 1,000 rows") == 1, done.text
    dates = "SELECT run_date FROM {etl}.table_updates WHERE task = 'CopyTable' ORDER BY 1"
    assert len(project.rows(dates)) == 2
    assert project.leftovers() == []

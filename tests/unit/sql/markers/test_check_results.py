from dataclasses import replace

import pytest

from pipeline.names import TableName
from pipeline.sql.markers import check_results
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DAY, MOMENT, RESULT, WRONG


def test_results_are_inserted_by_one_statement_and_long_texts_are_marked_as_cut():
    long = replace(RESULT, check_name="é" * 200, found="x" * 2000, passed=None)
    found = check_results.insert_check_results("etl", [RESULT, long])
    assert found.text.startswith(
        'INSERT INTO "etl"."check_results" ("checked_at", "task", "target_table", "run_date",'
        ' "prefix", "check_name", "kind", "severity", "passed", "wrong_rows", "found", "checked",'
        ' "fingerprint", "run_hour")\nVALUES\n    (%(checked_at_0)s, %(task_0)s,'
    )
    values = found.parameters
    assert (values["run_date_0"], values["run_hour_0"]) == (DAY, 14)
    assert (values["passed_0"], values["passed_1"]) == (False, None)
    for name, size in (("check_name_1", 256), ("found_1", 1024)):
        assert size - 1 <= len(values[name].encode()) <= size
        assert values[name].endswith(" … (cut)")


def test_wrong_rows_are_inserted_with_the_time_of_their_result():
    found = check_results.insert_wrong_rows("etl", [WRONG, WRONG])
    assert found.text.startswith(
        'INSERT INTO "etl"."check_failures" ("checked_at", "target_table", "run_date", "prefix",'
        ' "check_name", "wrong_row", "run_hour")\nVALUES\n'
    )
    assert (found.parameters["checked_at_1"], found.parameters["run_hour_1"]) == (MOMENT, None)
    with pytest.raises(ValueError, match="no row to insert"):
        check_results.insert_wrong_rows("etl", [])


def test_the_last_results_of_each_relation_are_those_of_its_newest_time():
    assert check_results.select_latest_results("etl", prefix="p").text == sql("""
        SELECT *
        FROM (
            SELECT *,
                RANK() OVER (
                    PARTITION BY target_table, fingerprint
                    ORDER BY checked_at DESC
                ) AS place
            FROM "etl"."check_results"
            WHERE prefix = %(prefix)s
        ) AS ranked
        WHERE place = 1
        ORDER BY target_table, check_name
    """)


def test_old_rows_are_counted_and_deleted_by_the_same_condition():
    name = TableName("etl", "check_results")
    counted, deleted = (
        render(name, MOMENT) for render in (check_results.count_older, check_results.delete_older)
    )
    condition = 'FROM "etl"."check_results"\nWHERE checked_at < %(before)s'
    assert counted.text == f"SELECT COUNT(*) AS row_count\n{condition}"
    assert deleted.text == f"DELETE {condition}"

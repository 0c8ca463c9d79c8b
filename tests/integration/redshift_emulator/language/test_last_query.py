"""Functions about the last query, and those with other arguments than PostgreSQL's."""


def test_rule_39_pg_last_query_id_is_that_of_the_last_query_of_tables(client):
    assert client.value("SELECT pg_last_query_id()") == -1
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    inserted = client.value("SELECT pg_last_query_id()")
    assert inserted > 0
    assert client.value("SELECT pg_last_query_id()") == inserted
    client.run("SELECT * FROM t")
    assert client.value("SELECT pg_last_query_id()") > inserted


def test_rule_39_date_add_and_date_diff_take_the_date_part_as_a_string(client):
    assert client.value("SELECT date_diff('month', date '2020-01-31', date '2020-03-01')") == 2
    assert str(client.value("SELECT date_add('day', 1, date '2020-01-01')")) == (
        "2020-01-02 00:00:00"
    )
    for call in ("date_diff(month, sysdate, sysdate)", "date_add(day, 1, sysdate)"):
        assert client.error(f"SELECT {call}").pgcode == "42883"


def test_rule_39_listagg_of_distinct_values_in_the_order_of_others_is_refused(client):
    client.run("CREATE TABLE t (a int, b varchar(5))")
    error = client.error("SELECT listagg(DISTINCT b, ',') WITHIN GROUP (ORDER BY a) FROM t")
    assert error.pgcode == "0A000"
    assert "not supported by the emulator" in str(error)

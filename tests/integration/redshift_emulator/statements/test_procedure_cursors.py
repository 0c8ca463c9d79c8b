"""Cursors, labels, CASE, privileges and settings of stored procedures.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-result-set.html
"""

import pytest

FACTS = [(1, 1, "Joe"), (1, 2, "Ed"), (2, 1, "Mary"), (1, 3, "Mike")]


@pytest.fixture
def procedure(client, procedure):
    """Return a function that creates the procedure ``p``, calls it and returns its messages."""

    def run(body, arguments="", values="", head=""):
        procedure(f"{head} BEGIN {body} END", arguments)
        client.run(f"CALL p({values})")
        return client.notices().replace("INFO:  ", "").split("\n")[:-1]

    return run


@pytest.fixture
def facts(client):
    client.run("CREATE TABLE fact_tbl (id int, secondary_id int, name varchar)")
    for row in FACTS:
        client.run("INSERT INTO fact_tbl VALUES (%s, %s, %s)", row)
    return client


def test_rule_92_a_cursor_is_returned_by_its_name(facts):
    facts.run("""
    CREATE OR REPLACE PROCEDURE get_result_set (param IN integer, rs_out INOUT refcursor)
    AS $$
    BEGIN
      OPEN rs_out FOR SELECT * FROM fact_tbl where id >= param order by name;
    END;
    $$ LANGUAGE plpgsql
    """)
    facts.run("BEGIN")
    assert facts.run("CALL get_result_set(1, 'mycursor')") == [("mycursor",)]
    assert facts.run("FETCH ALL FROM mycursor") == sorted(FACTS, key=lambda row: row[2])
    assert facts.error("CALL get_result_set(1, 'other')").pgcode == "0A000"
    facts.run("ROLLBACK")
    facts.run("CALL get_result_set(1, NULL)")
    assert facts.error("FETCH ALL FROM mycursor").pgcode == "34000"
    facts.run("DROP PROCEDURE get_result_set(int, refcursor)")


def test_rule_92_open_fetch_close(facts, procedure):
    head = """
    DECLARE
      curs1 refcursor; curs2 CURSOR FOR SELECT avg(id / 3.00) AS q, 0.1::float8 + 0.2 AS f
        FROM fact_tbl;
      curs3 CURSOR (key integer, word varchar) IS
        SELECT name FROM fact_tbl WHERE secondary_id = key AND name <> word;
      r record; n int; s varchar(10); f float8; same bool;
    """
    body = """
    OPEN curs2; FETCH curs2 INTO r;
    f := r.f; same := f = 0.1::float8 + 0.2;
    RAISE INFO '% % %', r.q, r.f, same; CLOSE curs2;
    OPEN curs3(1, 'Joe'); FETCH curs3 INTO s; RAISE INFO '% %', s, found;
    FETCH curs3 INTO s; RAISE INFO '% %', s, found; CLOSE curs3;
    s := 'Mike';
    OPEN curs1 FOR SELECT secondary_id FROM fact_tbl WHERE name = s;
    FETCH curs1 INTO n; RAISE INFO '% %', curs1, n; CLOSE curs1;
    OPEN curs1 FOR EXECUTE 'SELECT id, name FROM fact_tbl WHERE id = ' || n - 1;
    FETCH curs1 INTO n, s; RAISE INFO '% %', n, s; CLOSE curs1;
    """
    assert procedure(body, head=head) == [
        "0.4166 0.3 t",
        "Mary t",
        "<NULL> f",
        "<unnamed portal 1> 3",
        "2 Mary",
    ]


def test_rule_92_misuse_of_cursors(client):
    head = "DECLARE r record; a refcursor; c CURSOR FOR SELECT 1; k CURSOR (x int) FOR SELECT x;"
    cases = {
        "OPEN c; OPEN c;": "0A000",
        "OPEN c; OPEN k(1);": "0A000",
        "OPEN c; FOR r IN SELECT 1 LOOP NULL; END LOOP;": "0A000",
        "FOR r IN SELECT 1 LOOP FOR r IN SELECT 2 LOOP NULL; END LOOP; END LOOP;": "0A000",
        "FOR r IN SELECT 1 LOOP OPEN c; END LOOP;": "0A000",
        "FETCH c INTO r;": "34000",
        "FETCH a INTO r;": "22004",
        "CLOSE c;": "34000",
        "OPEN a;": "42601",
        "OPEN k;": "42601",
        "OPEN c FOR SELECT 2;": "42601",
        "OPEN r FOR SELECT 2;": "42804",
        "OPEN a FOR DELETE FROM t;": "42601",
        "OPEN a FOR SELECT random(1, 2);": "42883",
    }
    found = {}
    for body in cases:
        client.run(
            f"CREATE OR REPLACE PROCEDURE p() AS $$ {head} BEGIN {body} END $$ LANGUAGE plpgsql"
        )
        found[body] = client.error("CALL p()").pgcode
    assert found == cases
    client.run_all("BEGIN; DECLARE a CURSOR FOR SELECT 1")
    assert client.error("DECLARE b CURSOR FOR SELECT 2").pgcode == "0A000"


def test_rule_72_labels(procedure):
    body = """
    <<outer_loop>>
    LOOP
      FOR i IN 1..3 LOOP
        CONTINUE WHEN i = 1;
        RAISE INFO 'i %', i;
        EXIT outer_loop WHEN i = 2;
      END LOOP;
      RAISE INFO 'never';
    END LOOP outer_loop;
    <<rows>>
    FOR n IN 1..2 LOOP
      WHILE true LOOP CONTINUE rows WHEN n = 1; EXIT rows; END LOOP;
    END LOOP;
    <<inner_block>>
    DECLARE n int := 5;
    BEGIN
      DECLARE n int := 6;
      BEGIN RAISE INFO '% %', n, inner_block.n; EXIT inner_block; END;
      RAISE INFO 'never';
    END inner_block;
    """
    assert procedure(body) == ["i 2", "6 5"]
    with pytest.raises(Exception, match='label "nosuch" does not exist'):
        procedure("LOOP EXIT nosuch; END LOOP;")


def test_rule_72_case(client, procedure):
    body = """
    CASE x
    WHEN 1, 2 THEN
      RAISE INFO 'one or two';
    ELSE
      RAISE INFO 'other value than one or two';
    END CASE;
    CASE
    WHEN x BETWEEN 0 AND 10 THEN
      RAISE INFO 'between zero and ten';
    WHEN x BETWEEN 11 AND 20 THEN
      s := CASE WHEN x > 11 THEN 'more' ELSE 'eleven' END;
      RAISE INFO '%', s;
    END CASE;
    """
    head = "DECLARE s varchar;"
    assert procedure(body, "x int", "2", head) == ["one or two", "between zero and ten"]
    assert procedure(body, "x int", "11", head) == ["other value than one or two", "eleven"]
    assert client.error("CALL p(21)").pgcode == "20000"


def test_rule_93_only_owner_and_superusers_may_run_a_new_procedure(client, new_user):
    name, user = new_user()
    other, _ = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    create = "CREATE OR REPLACE PROCEDURE p(a int, OUT b int) AS $$ BEGIN b := a; END $$"
    client.run(f"{create} LANGUAGE plpgsql")
    call = f"CALL {client.schema}.p(1)"
    assert user.error(call).pgcode == "42501"
    client.run(f"GRANT EXECUTE ON PROCEDURE p(a int) TO {name}")
    client.run(f"{create} LANGUAGE plpgsql")
    assert user.run(call) == [(1,)]
    client.run(f"REVOKE ALL ON ALL PROCEDURES IN SCHEMA {client.schema} FROM {name}")
    assert user.error(call).pgcode == "42501"
    client.run("ALTER PROCEDURE p(int) RENAME TO q")
    client.run(f"ALTER PROCEDURE q OWNER TO {other}")
    assert client.run("CALL q(2)") == [(2,)]
    client.run("DROP PROCEDURE q(a INOUT int, OUT b int)")


def test_rule_93_the_documented_example_of_security_definer(client, new_user):
    one, owner = new_user()
    two, user = new_user()
    client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {one}")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {two}")
    for session in (owner, user):
        session.run(f"SET search_path TO {client.schema}")
    owner.run("create table test_tbl(id int, name varchar(20))")
    owner.run("insert into test_tbl values (1,'john'), (2, 'mary')")
    owner.run("""
    CREATE OR REPLACE PROCEDURE sp_truncate_test_tbl() LANGUAGE plpgsql
    AS $$
    DECLARE
      tbl_rows int;
    BEGIN
      select count(*) into tbl_rows from test_tbl;
      RAISE INFO 'RowCount before Truncate: %', tbl_rows;
      TRUNCATE test_tbl;
      select count(*) into tbl_rows from test_tbl;
      RAISE INFO 'RowCount after Truncate: %', tbl_rows;
    END;
    $$ SECURITY DEFINER
    """)
    assert user.error("call sp_truncate_test_tbl()").pgcode == "42501"
    owner.run(f"grant execute on procedure sp_truncate_test_tbl() to {two}")
    assert user.run("call sp_truncate_test_tbl()") == "CALL"
    expected = "INFO:  RowCount before Truncate: 2\nINFO:  RowCount after Truncate: 0\n"
    assert user.notices() == expected
    assert user.value("SELECT current_user") == two
    for statement in ("SELECT * FROM test_tbl", "TRUNCATE test_tbl", "DROP TABLE test_tbl"):
        assert user.error(statement).pgcode == "42501"
    # the owner's roles and groups are not the caller's
    client.run(f"CREATE GROUP g_{two} USER {one}")
    assert client.value(f"SELECT user_is_member_of('{two}', 'g_{two}')") is False
    client.run(f"DROP GROUP g_{two}")


def test_rule_93_security_definer(client, new_user):
    name, owner = new_user()
    client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {name}")
    owner.run(f"SET search_path TO {client.schema}")
    client.run("CREATE TABLE foreign_table (n int)")
    owner.run("CREATE TABLE t (n int)")
    owner.run("""
    CREATE PROCEDURE p(foreigners bool) AS $$
    DECLARE who varchar;
    BEGIN
      INSERT INTO t VALUES (1);
      CREATE TABLE made (n int DISTKEY);
      SELECT current_user INTO who;
      RAISE INFO '%', who;
      IF foreigners THEN INSERT INTO foreign_table VALUES (1); END IF;
    END
    $$ LANGUAGE plpgsql SECURITY DEFINER
    """)
    assert client.error("CALL p(true)").pgcode == "42501"
    assert client.value("SELECT current_user") != name
    client.run("CALL p(false)")
    assert client.notices().endswith(f"INFO:  {name}\n")
    owner.run("DROP TABLE made")
    owner.run("CALL p(false)")
    client.run_all("DROP TABLE made; DROP TABLE t; DROP PROCEDURE p(bool)")


def test_rule_93_two_owners_that_call_each_other_are_refused(client, new_user):
    users = [new_user() for _ in range(2)]
    for number, (name, session) in enumerate(users):
        client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {name}")
        session.run(
            f"CREATE PROCEDURE {client.schema}.p{number}() AS $$ BEGIN NULL; END $$"
            " LANGUAGE plpgsql SECURITY DEFINER"
        )
        session.run(f"GRANT EXECUTE ON PROCEDURE {client.schema}.p{number}() TO PUBLIC")
    assert users[0][1].run(f"CALL {client.schema}.p1()") == "CALL"
    assert users[1][1].error(f"CALL {client.schema}.p0()").pgcode == "0A000"


def test_rule_93_the_search_path_of_a_procedure(client):
    create = "CREATE OR REPLACE PROCEDURE p(OUT s varchar) AS $$ BEGIN {} END $$"
    setting = f"LANGUAGE plpgsql SET search_path = {client.schema}, pg_catalog"
    before = client.value("SHOW search_path")
    body = "SELECT current_setting('search_path') INTO s;"
    client.run(f"{create.format(body)} {setting}")
    assert client.run("CALL p()") == [(f"{client.schema}, pg_catalog",)]
    assert client.value("SHOW search_path") == before
    client.run(f"{create.format('COMMIT;')} {setting}")
    assert client.error("CALL p()").pgcode == "2D000"
    assert client.value("SHOW search_path") == before
    text = "CREATE PROCEDURE q() {} AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql {}"
    for mode, option in (
        ("NONATOMIC", "SECURITY DEFINER"),
        ("NONATOMIC", "SET search_path = a"),
        ("", "SET timezone TO 'UTC'"),
    ):
        assert client.error(text.format(mode, option)).pgcode == "0A000"

"""Whatever a client sends: it gets an answer in Redshift's words, and the session goes on."""

import random
import re
from pathlib import Path

import psycopg2

from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import log_in
from redshift_emulator.protocol.configuration import BackendAddress
from redshift_emulator.protocol.wire import ConnectionLostError
from tests.support.mutations import messages, mutated

EXAMPLES = 2000
"""Of each kind; ten times as many found nothing more."""

PROCEDURE = """
CREATE OR REPLACE PROCEDURE p() NONATOMIC AS $$
DECLARE r record; c CURSOR (k int) FOR SELECT a FROM t WHERE a > k; x ALIAS FOR $1;
BEGIN
  OPEN c(1); FETCH c INTO r; CLOSE c;
  CASE r.a WHEN 1, 2 THEN RAISE INFO '%', r.a; ELSE NULL; END CASE;
EXCEPTION CONTINUE_HANDLER WHEN OTHERS THEN RAISE;
END $$ LANGUAGE plpgsql
"""
STATEMENTS = [
    *(
        line.split("\t")[1]
        for line in (Path(__file__).parent / "language" / "documented.tsv")
        .read_text(encoding="utf-8")
        .splitlines()
    ),
    "CREATE TEMP TABLE m (a int ENCODE raw, b varchar(9) NOT NULL) DISTKEY (a) SORTKEY (a, b)",
    "CREATE TABLE IF NOT EXISTS m AS SELECT a, b FROM t WHERE a > 1",
    "CREATE OR REPLACE VIEW v AS SELECT a FROM t WITH NO SCHEMA BINDING",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, DEFAULT)",
    "UPDATE t SET b = 'y' FROM t AS o WHERE o.a = t.a",
    "DELETE FROM t USING t AS o WHERE o.a = t.a",
    "MERGE INTO t USING t AS s ON t.a = s.a REMOVE DUPLICATES",
    "COPY t FROM 's3://bucket/key' IAM_ROLE 'arn:aws:iam::000000000000:role/r' CSV GZIP",
    "UNLOAD ('SELECT a FROM t') TO 's3://bucket/key' IAM_ROLE default PARQUET",
    "SELECT * FROM t PIVOT (count(*) AS n FOR a IN (1 AS one, 2)) AS p",
    "SELECT * FROM t UNPIVOT INCLUDE NULLS (value FOR name IN (a, a AS c))",
    "SELECT * EXCLUDE (a) FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1",
    "WITH w AS (SELECT a + 1 AS x, x * 2 AS y FROM t) SELECT y, count(*) FROM w GROUP BY ALL",
    "SELECT c.s[0].x, i.y, n FROM (SELECT json_parse('[1]') AS s) c, c.s AS i AT n",
    "SELECT k, v.a FROM (SELECT object('a', 1) AS s) c, UNPIVOT c.s AS v AT k WHERE v = 'x'",
    "SELECT count(*) FROM t x, t y WHERE x.a = y.a(+) AND y.b(+) = 'b'",
    "SELECT a, level FROM t START WITH a = 1 CONNECT BY PRIOR a = a AND PRIOR b <> b",
    "SELECT median(a) OVER (PARTITION BY b), percentile_disc(0.5) WITHIN GROUP (ORDER BY a)",
    "SELECT from_varbyte(to_varbyte(b, 'utf8'), 'hex'), 'a'::varbyte::varchar(3) FROM t",
    "ALTER TABLE t ADD COLUMN c decimal(8, 2) DEFAULT 0",
    "ALTER TABLE t ALTER DISTKEY a, ALTER COMPOUND SORTKEY (a, b)",
    "GRANT SELECT ON t TO PUBLIC",
    "WITH x AS (SELECT 1 AS a), y AS (SELECT a FROM x) DELETE t USING y WHERE t.a = y.a",
    "WITH x AS (SELECT 1 AS a) UPDATE t SET b = 'z' FROM x WHERE t.a = x.a",
    "EXPLAIN VERBOSE INSERT INTO t (a) SELECT a + 1 FROM t",
    "SELECT a.x, t.b FROM ((SELECT 1 AS x UNION (SELECT 2)) a LEFT JOIN t ON a.x = t.a)",
    "WITH w AS (SELECT a FROM t) (SELECT count(*) FROM t x, w WHERE x.a = w.a(+))",
    "SELECT sum(a)*1.0/count(*)/3 AS q, q/a/2.5 FROM t GROUP BY a",
    "SELECT sysdate - a, current_date + 1, getdate() - 7 > sysdate FROM t",
    f'SELECT a AS {"long_" * 20}, b AS "{"wide " * 20}" FROM t ORDER BY {"long_" * 20}',
    f"CREATE TEMP TABLE {'much_' * 16} (language int, {'more_' * 16} varchar(9))",
    "PREPARE p (int) AS SELECT $1 + 1",
    "CREATE PROCEDURE p(a INOUT int) AS $$ BEGIN a := a + 1; END $$ LANGUAGE plpgsql",
    PROCEDURE,
    "COPY t FROM 's3://bucket/key' IAM_ROLE default FIXEDWIDTH 'a:1, b:2'",
    "CREATE FUNCTION f(int) RETURNS int STABLE AS $$ SELECT $1 $$ LANGUAGE sql",
    "SET search_path TO nosuch",  # other tests would see what a statement makes in public
    "SHOW TABLES FROM SCHEMA dev.public LIKE 't%'",
    "ANALYZE t (a) PREDICATE COLUMNS",
]

HIDDEN = re.compile(
    r"pg_internal|rs_engine|PL/pgSQL|cache lookup|unrecognized node|internal error|Traceback"
    r"|kept columns|connect by way|prior\.prior|\bbytea\b|\bjsonb?\b|savepoint \"|l0ng|¦|^25P02"
)
"""What a client must not see of the emulator and of PostgreSQL."""

UNKNOWN = re.compile(
    r"^XX000: (?!Numeric data|Invalid|COPY|UNLOAD|Cannot COPY|S3|Problem|The (S3|fixedwidth)"
    r"|JSON parsing|Not auth)"
)


def test_statements_with_mistakes_are_answered(client):
    client.run("CREATE TABLE t (a int, b varchar(9))")
    chance = random.Random(1)
    found = []
    for _ in range(EXAMPLES):
        statement = mutated(STATEMENTS, chance)
        try:
            client.run(statement)
        except psycopg2.Error as error:
            if "empty query" not in str(error):
                answer = f"{error.pgcode}: {error}".replace("invalid json object", "")
                found += [(statement, answer)] if _is_wrong(answer) else []
        client.run("ROLLBACK")
    assert found == []
    assert client.value("SELECT 1") == 1


def _is_wrong(answer: str) -> bool:
    return bool(HIDDEN.search(answer) or UNKNOWN.search(answer) or answer.startswith("None"))


def test_messages_with_mistakes_are_answered(emulator, client):
    """Only a message to terminate ends the session."""
    address = BackendAddress(emulator.host, emulator.port, emulator.database, "", "")
    login = {"user": emulator.user, "database": emulator.database}
    chance = random.Random(2)
    session = log_in(address, login, emulator.password)
    session.execute(f"SET search_path TO {client.schema}")
    session.stream.socket.settimeout(20)
    sent = b""
    try:
        for number in range(EXAMPLES):
            sent = messages(STATEMENTS, chance)
            session.stream.send(sent + SYNC + query(f"ROLLBACK; SELECT 'mark {number}'"))
            while f"mark {number}".encode() not in session.stream.read()[1]:
                pass
    except ConnectionLostError as error:
        error.add_note(f"after {sent!r}")
        raise
    finally:
        session.close()
    assert client.value("SELECT 1") == 1
    assert "Traceback" not in Path(emulator.log).read_text(encoding="utf-8")


SYNC = wire.message(b"S", b"")


def query(text: str) -> bytes:
    return wire.message(b"Q", wire.cstring(text))

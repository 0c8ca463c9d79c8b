"""VARBYTE: casts, functions, and its name in messages.

https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html
"""

import pytest

VALUES = {
    "'abc'::varbyte::char(5)": "abc  ",
    "'abc'::varbyte::varchar(2)": "ab",
    "from_hex('c3a4')::varchar": "ä",
    r"'\\x00'::varbyte": "5c783030",
    "('a' || 'b'::varchar)::varbyte": "6162",
    "'ab'::char(4)::varbyte": "61622020",
    "to_varbyte('0100110111111111', 'BINARY')": "4dff",
    "to_varbyte('', 'hex')": "",
    "to_varbyte('YWJj', 'base64')::varchar": "abc",
    "from_varbyte('abc'::varbyte, 'Base64')": "YWJj",
    "from_varbyte(from_hex('c3a4'), 'utf_8')": "ä",
    "from_varbyte(from_hex('4dff'), 'binary')": "0100110111111111",
    "to_hex(-1)": "ffffffff",
    "from_hex('abcd') # from_hex('00ff') # from_hex('0001')": "ab33",
    "(5 # 3) + 5#3": 8,
    "getbit(from_hex('4d'), 2)": 1,
    "getbit(from_hex('4d'), 7)": 0,
    "to_hex(getbit(from_hex('014d'), 8) + getbit(from_hex('024d'), 8))": "1",
}
WRONG = {
    "from_hex('61ff')::varchar": "Bad UTF8 hex sequence: ff (error 3)",
    "from_varbyte(from_hex('e0a1'), 'utf8')": "Bad UTF8 hex sequence: e0 a1 (error 2)",
    "getbit(from_hex('4d'), 8)": "bit index 8 is out of range: the value has 8 bits",
    "from_hex('616')": 'invalid hex string "616"',
    "to_varbyte('012', 'binary')": 'invalid binary string "012"',
    "to_varbyte('a', 'utf16')": 'invalid format "utf16"',
    "'a'::varbyte + 1": "operator does not exist: binary varying + integer",
    "json_parse('1')::varbyte": "cannot cast type super to binary varying",
    "upper('a'::varbyte)": "function upper(binary varying) does not exist",
}


@pytest.mark.parametrize(("expression", "expected"), VALUES.items())
def test_values(client, expression, expected):
    assert client.value(f"SELECT {expression}") == expected


@pytest.mark.emulator_only
def test_what_is_wrong_is_told_in_redshifts_words(client):
    for expression, message in WRONG.items():
        assert message in str(client.error(f"SELECT {expression}")), expression
    client.run("CREATE TABLE t (v varbyte, c char(4))")
    for statement, words in (
        ("INSERT INTO t (v) SELECT 'a'::varchar", "binary varying but expression is of type char"),
        ("INSERT INTO t (c) SELECT v FROM t", "character but expression is of type binary vary"),
    ):
        assert words in str(client.error(statement)), statement


def test_variables_of_procedures_keep_super_and_varbyte(client):
    client.run("CREATE TABLE t (n int, v varbyte, s super)")
    client.run("""
    CREATE PROCEDURE p(a super, INOUT b varbyte) AS $$
    DECLARE x super := a; y varbyte; r record; k varchar(9);
    BEGIN
      INSERT INTO t VALUES (1, b, x);
      SELECT v, s FROM t INTO r;
      SELECT s.k INTO k FROM t;
      y := 'abc';
      INSERT INTO t VALUES (2, r.v, r.s), (3, y, k);
      SELECT v, s INTO y, x FROM t WHERE n = 1;
      INSERT INTO t VALUES (4, y, x);
      RAISE INFO '% % %', a, r.v, k;
      k := y::varchar; x := k; y := NULL;
      RAISE INFO '% %', x, y;
      INSERT INTO t VALUES (5, y, x);
      b := k;
    END $$ LANGUAGE plpgsql
    """)
    assert client.run("CALL p(json_parse('{\"k\": \"z\"}'), from_hex('4d'))") == [("4d",)]
    assert client.notices() == 'INFO:  {"k":"z"} 4d z\nINFO:  "M" <NULL>\n'
    assert client.run("SELECT n, v, s FROM t ORDER BY n") == [
        (1, "4d", '{"k":"z"}'),
        (2, "4d", '{"k":"z"}'),
        (3, "616263", '"z"'),
        (4, "4d", '{"k":"z"}'),
        (5, None, '"M"'),
    ]

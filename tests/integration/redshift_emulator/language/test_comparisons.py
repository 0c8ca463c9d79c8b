"""Comparisons of text: blanks at the end, and text beside numbers, dates and times.

https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion
"""

from decimal import Decimal

import pytest


@pytest.fixture
def words(client):
    client.run("CREATE TABLE words (n int, word varchar(5), code char(4))")
    client.run("INSERT INTO words VALUES (1, 'a', 'a'), (2, 'a  ', 'a'), (3, 'b', 'b')")
    return client


SAME_WORDS = [
    (
        "SELECT 'a '::varchar = 'a', 'a' <> 'a ', 'a' < 'a ', 'b ' > 'a'",
        (True, False, False, True),
    ),
    ("SELECT count(*) FROM words WHERE word = 'a'", (2,)),
    ("SELECT count(*) FROM words WHERE word IN ('a ', 'x')", (2,)),
    ("SELECT count(*) FROM words WHERE word = code", (3,)),
    ("SELECT count(*) FROM words x JOIN words y ON x.word = y.word", (5,)),
    ("SELECT count(*) FROM words WHERE word NOT IN (SELECT word || ' ' FROM words)", (0,)),
    ("SELECT count(*) FROM (SELECT word FROM words GROUP BY word)", (2,)),
    ("SELECT count(DISTINCT word) FROM words", (2,)),
    ("SELECT count(*) FROM (SELECT word FROM words UNION SELECT 'b   ')", (2,)),
    ("SELECT max(r) FROM (SELECT rank() OVER (ORDER BY word) r FROM words WHERE n < 3)", (1,)),
    (
        "SELECT CASE 'a ' WHEN 'a' THEN 1 END, decode('a ', 'a', 2), nullif('a ', 'a')",
        (1, 2, None),
    ),
    ("SELECT len('a '::varchar), 'a '::varchar || 'b', 'a ' LIKE 'a'", (2, "a b", False)),
]


def test_rule_12_blanks_at_the_end_are_not_significant_in_comparisons(words, plain):
    for query, expected in SAME_WORDS:
        assert words.run(query) == [expected], query
    # the changed operators are this database's own: pg_catalog has the functions of CHAR
    assert plain.value("SELECT 'a '::varchar = 'a'") is True
    assert plain.value("SELECT texteq('a ', 'a')") is False


MIXED = [
    ("1 = '1'::varchar", True),
    ("'01'::varchar = 1", False),
    ("1.50 = '1.5'::varchar", True),
    ("'1.5' || '0' > 1.4", True),
    ("'a'::varchar IN (1, 2)", False),
    ("timestamp '2008-01-01 10:00' LIKE '2008%'", True),
    ("12 NOT LIKE '1%'", False),
    ("strpos(1.25, '.')", 2),
    ("len(123)", 3),
    ("left(date '2008-01-02', 4)", "2008"),
    ("substring(12345 FROM 2 FOR 2)", "23"),
    ("replace(121, '1', 'x') || upper(7)", "x2x7"),
    ("charindex('2', 123) + charindex(2, 123) + position(2 IN 123)", 6),
    ("trim(1 FROM 121) || trim(BOTH ('a') FROM 'aba') || trim(LEADING FROM 7)", "2b7"),
    ("replace('121', 1, 2) || translate('a1', 1, 2)", "222a2"),
    ("lpad(7, 3, 0) || rpad('x', 2, 1) || ltrim('112', 1)", "007x12"),
    ("split_part('a1b', 1, 2) || strpos('a1', 1)", "b2"),
    ("text_to_numeric_alt(12.5, 38, 9) + text_to_int_alt(12)", Decimal("24.5")),
    ("sha2(12, 256) = sha2('12', 256) AND sha1(1) = sha1('1')", True),
    ("strtol(12, 8) || quote_ident(1)", '10"1"'),
    ("len('ab '::char(5)) + len('ab '::varchar)", 5),
    ("1 || 'x' || date '2008-01-02'", "1x2008-01-02"),
]


def test_rule_46_numbers_dates_and_times_are_text_where_text_is_expected(client):
    for expression, expected in MIXED:
        assert client.value(f"SELECT {expression}") == expected, expression


def test_rule_46_how_dates_compare_with_text_is_not_documented(words):
    error = words.error("SELECT 1 FROM words WHERE date '2008-01-01' = word")
    assert error.pgcode == "42883"

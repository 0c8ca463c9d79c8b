"""Functions of hashes and texts: what the printed results leave open is refused by name.

The printed results are in ``documented.tsv``.
"""

import hashlib

import pytest

REFUSED = [
    ("SELECT fnv_hash(NULL)", "FNV_HASH of NULL"),
    ("SELECT fnv_hash(1, NULL)", "FNV_HASH of NULL"),
    ("SELECT fnv_hash('a'::char(3))", "FNV_HASH of character"),
    ("SELECT fnv_hash(1.5)", "FNV_HASH of numeric"),
    ("SELECT fnv_hash(current_date)", "FNV_HASH of date"),
    ("SELECT fnv_hash('a'::varbyte)", "FNV_HASH of binary varying"),
    ("SELECT farmfingerprint64('a'::char(3))", "FARMFINGERPRINT64 of character"),
    ("SELECT murmur3_32_hash(NULL)", "MURMUR3_32_HASH of NULL"),
    ("SELECT murmur3_32_hash(1.5)", "MURMUR3_32_HASH of numeric"),
    ("SELECT murmur3_32_hash('a'::char(3))", "MURMUR3_32_HASH of character"),
    ("SELECT murmur3_32_hash('a', 1)", "MURMUR3_32_HASH with a seed"),
    ("SELECT murmur3_32_hash(1, 1)", "MURMUR3_32_HASH with a seed"),
    ("SELECT slice_num() FROM users", "SLICE_NUM of the rows of a table"),
    ("SELECT text_to_int_alt('123{', '999S')", "TEXT_TO_INT_ALT with a format"),
    ("SELECT text_to_int_alt('$5')", 'TEXT_TO_INT_ALT of "$5"'),
    ("SELECT text_to_numeric_alt('5', '9')", "TEXT_TO_NUMERIC_ALT with a format"),
    ("SELECT text_to_numeric_alt('5', '9', 5, 2)", "TEXT_TO_NUMERIC_ALT with a format"),
    ("SELECT text_to_numeric_alt('5e1')", 'TEXT_TO_NUMERIC_ALT of "5e1"'),
    ("SELECT collate('a', 'case_insensitive')", "COLLATE with case_insensitive"),
    ("SELECT collate('a', 'ci')", "COLLATE with case_insensitive"),
    ("SELECT bpcharcmp('a', 'a ')", "BTTEXT_PATTERN_CMP of texts that differ in the blanks"),
    ("SELECT * FROM pg_timezone_names()", "PG_TIMEZONE_NAMES but as the first item"),
]
# Fingerprint64 of FarmHash, by the number of bytes, of '0123456789abcdef' again and again.
FINGERPRINTS = {
    0: -7286425919675154353,
    1: -3247774798456978881,
    3: 8347415407982900060,
    4: -8963627390303783289,
    7: 2092326130583504517,
    8: 7926118692302350582,
    16: 6105018409752412263,
    17: 7920484519069722889,
    32: 1958373538681310840,
    33: 4799579869226630476,
    64: -79864054702511872,
    65: 1551549064416070298,
    128: -6820113533736367299,
    129: 738038763640019899,
    300: 3839277861619963422,
}
_REFUSED = "regular expression of Perl (parameter p): not supported by the emulator"
# Expressions of Perl that match other texts in PostgreSQL, or may.
OF_PERL = ["a|ab", "(ab)+", "a+?", "a*", "\\\\bab", "(?i)ab", "(a)", "a(?=b)c", "(?<=a+)b", "é"]


@pytest.mark.emulator_only
@pytest.mark.parametrize(("statement", "named"), REFUSED)
def test_what_no_printed_result_shows_is_refused(client, statement, named):
    client.run("CREATE TABLE users (a int)")
    error = client.error(statement)
    assert error.pgcode == "0A000"
    assert str(error).startswith(named)


@pytest.mark.emulator_only
@pytest.mark.parametrize("pattern", OF_PERL)
def test_expressions_of_perl_that_differ_are_refused(client, pattern):
    error = client.error(f"SELECT regexp_count('ab', '{pattern}', 1, 'p')")
    assert (error.pgcode, str(error).startswith(f"this {_REFUSED}")) == ("0A000", True)


@pytest.mark.emulator_only
@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("regexp_count('a\nb', 'a.b', 1, 'p')", f"this {_REFUSED}"),
        ("regexp_count('é', '.', 1, 'p')", f"this {_REFUSED}"),
        ("regexp_count('ab', '^b', 2, 'p')", f"this {_REFUSED}"),
        (
            "regexp_replace('ab', 'a', '$1', 1, 'p')",
            f"references in the replacement for a {_REFUSED.partition(' (')[0]}",
        ),
    ],
)
def test_what_depends_on_options_of_perl_is_refused(client, call, named):
    error = client.error(f"SELECT {call}")
    assert (error.pgcode, str(error).startswith(named)) == ("0A000", True)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("regexp_substr('foobar', 'foo(?=bar)', 1, 1, 'p')", "foo"),
        ("regexp_substr('foobar', '^foo(?!bar)', 1, 1, 'p')", ""),
        ("regexp_substr('foobar', '(?<=foo)[a-z-]{2}', 1, 1, 'p')", "ba"),
        ("regexp_substr('ab12', '^(?=.*\\\\d|x).+$', 1, 1, 'pe')", "ab12"),
    ],
)
def test_expressions_of_perl_that_mean_the_same(client, call, expected):
    assert client.value(f"SELECT {call}") == expected


def test_soundex_of_the_american_system(client):
    """Letters with the same code are one, also with H or W between, and with the first letter."""
    names = {
        "Ashcraft": "A261",
        "Tymczak": "T522",
        "Pfister": "P236",
        "Hsu": "H200",
        "Lee": "L000",
    }
    for name, code in names.items():
        assert client.value(f"SELECT soundex('{name}')") == code
    assert client.value("SELECT difference('Robert', 'Rubin')") == 2
    assert client.value("SELECT difference('+', '')") == 1


def test_sha1_of_texts_of_all_lengths(client):
    for text in ("", "é" * 9, *("a" * length for length in (55, 56, 63, 64, 65, 119, 120, 200))):
        expected = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        assert client.run(f"SELECT sha1('{text}'), sha('{text}')") == [(expected, expected)]


def test_documented_types_of_the_results(client):
    client.run(
        "CREATE TABLE t AS SELECT soundex(a) AS s, crc32(a) AS c, fnv_hash(a) AS f,"
        " murmur3_32_hash(a) AS m, text_to_numeric_alt(a, 10, 2) AS n"
        " FROM (SELECT '5'::text AS a) q"
    )
    client.run(f"SET search_path TO {client.schema}")
    assert client.run("SELECT type FROM pg_table_def WHERE tablename = 't'") == [
        ("character varying(4)",),
        ("character varying(8)",),
        ("bigint",),
        ("integer",),
        ("numeric(10,2)",),
    ]


def test_columns_of_the_tables_in_amazons_examples(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TEXT_TO_NUMERIC_ALT.html."""
    client.run("CREATE TABLE t (a varchar(200), b char(200))")
    client.run(
        "INSERT INTO t VALUES ('123', '123'), ('+123.456', '+123.456'),"
        " ('-' || repeat('9', 38), '-' || repeat('9', 38)),"
        " (repeat('9', 38) || '+', repeat('9', 38) || '+'), ('-123E2', '-123E2')"
    )
    rows = client.run("SELECT text_to_numeric_alt(a), text_to_numeric_alt(b) FROM t ORDER BY 1")
    nines = 10**38 - 1
    assert [tuple(map(int, row)) for row in rows] == [
        (number, number) for number in (-nines, -12300, 123, 123, nines)
    ]


def test_blank_texts_are_the_number_0(client):
    assert client.run("SELECT text_to_int_alt(''), text_to_numeric_alt(' ')") == [(0, 0)]
    assert client.run("SELECT text_to_numeric_alt('2.5'), text_to_numeric_alt('-3.5')") == [
        (2, -4)
    ]


def test_bpcharcmp_compares_bytes(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_BPCHARCMP.html."""
    client.run("CREATE TABLE t (a varchar(9), b varchar(9))")
    client.run("INSERT INTO t VALUES ('Rafael', 'Taylor'), ('Vladimir', 'Humphrey'), ('x', 'x')")
    assert client.run("SELECT bpcharcmp(a, b) FROM t ORDER BY a") == [(-1,), (1,), (0,)]
    assert client.value("SELECT bttext_pattern_cmp('Z', 'a')") == -1


def test_names_of_time_zones(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/time-zone-names.html prints rows as texts."""
    zones = [row for (row,) in client.run("SELECT pg_timezone_names()")]
    assert any(row.startswith("(Europe/Paris,CE") for row in zones)
    assert ("(PST,-08:00:00,f)",) in client.run("SELECT pg_timezone_abbrevs()")
    client.run("CREATE TABLE t (a int)")
    assert client.error("SELECT pg_timezone_names() FROM t").pgcode == "0A000"


def test_parameters_of_external_data_are_kept(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_pg_federation_repeatable_read.html."""
    client.run("SET pg_federation_repeatable_read TO on")
    assert client.value("SHOW pg_federation_repeatable_read") == "on"
    for name in ("json_serialization_enable", "json_serialization_parse_nested_strings"):
        assert client.value(f"SHOW {name}") == "off"
        client.run(f"SET {name} TO true")
        assert client.value(f"SHOW {name}") == "true"
        assert client.error(f"SET {name} TO perhaps").pgcode == "22023"


def test_rule_39_fingerprints_of_farmhash(client):
    text = "0123456789abcdef" * 20
    query = "SELECT farmfingerprint64(%s), farmfingerprint64(%s::varbyte)"
    found = {size: client.run(query, (text[:size],) * 2)[0] for size in FINGERPRINTS}
    assert found == {size: (value, value) for size, value in FINGERPRINTS.items()}
    assert client.value("SELECT farmfingerprint64(NULL)") is None

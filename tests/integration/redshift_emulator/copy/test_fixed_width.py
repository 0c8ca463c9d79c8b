"""COPY from fixed-width files.

https://docs.aws.amazon.com/redshift/latest/dg/t_loading_fixed_width_data.html
"""

import pytest

from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.language.errors import RedshiftError
from tests.support.copy_session import column

VENUE = """\
1  Toyota Park               Bridgeview  IL0
3  RFK Stadium               Washington  DC0
4  CommunityAmerica Ballpark Kansas City KS0
5  Gillette Stadium          Foxborough  MA68756
"""
COLUMNS = (
    column("venueid", "smallint"),
    column("venuename", "varchar", 100),
    column("venuecity", "varchar", 30),
    column("venuestate", "char", 2),
    column("venueseats", "integer"),
)
SHORT = column("a", "integer"), column("b", "varchar", 6), column("c", "integer")
WIDTHS = "FIXEDWIDTH 'a:3,b:3,c:2'"
# The page gives the name 25 characters, but its data has 26.
BY_NUMBER = "FIXEDWIDTH '0:3,1:26,2:12,3:2,4:6'"
BY_NAME = "FIXEDWIDTH AS 'venueid:3, venuename : 26,venuecity:12,venuestate:2,\nvenueseats :6'"


FIELDS = (
    ("12 ab 3", "", ("12", "ab ", "3")),
    ("12 ab 3\r\n", "", ("12", "ab ", "3")),
    ("12 äöü3", "", ("12", "äöü", "3")),
    ("   ab 3", "", (None, "ab ", "3")),
    ("1     3", "", ("1", "   ", "3")),
    ("1     3", "BLANKSASNULL", ("1", None, "3")),
    ("\\N ab 3", "", (None, "ab ", "3")),
    ("1  - -3", "NULL AS '- -'", ("1", None, "3")),
    ("1  ab", "FILLRECORD", ("1", "ab", None)),
    ("1", "FILLRECORD EMPTYASNULL", ("1", None, None)),
    ("\n12 ab 3", "IGNOREBLANKLINES", ("12", "ab ", "3")),
    ("id nm n\n12 ab 3", "IGNOREHEADER 1", ("12", "ab ", "3")),
)
REJECTED = (
    (b"x  ab 3", "1207", "a"),
    (b" 1 ab 3", "1207", "a"),
    (b"1  ab", "1203", ""),
    (b"1  ab 345", "1202", ""),
    (b"1  \\N 3", "1216", "b"),
    (b"1  a\rb3", "1216", ""),
    (b"", "1211", ""),
    (b"1  \xff\xfe 3", "1220", "b"),
)


def test_the_documented_example(loader):
    loader.table("venue", *COLUMNS)
    for widths in (BY_NUMBER, f"FORMAT AS {BY_NAME}"):
        loader.session.log.execute("DELETE FROM venue")
        assert loader.copy("venue", loader.put("k", VENUE), f"{widths} TRIMBLANKS").rows == 4
        assert loader.rows("venue") == [
            ("1", "Toyota Park", "Bridgeview", "IL", "0"),
            ("3", "RFK Stadium", "Washington", "DC", "0"),
            ("4", "CommunityAmerica Ballpark", "Kansas City", "KS", "0"),
            ("5", "Gillette Stadium", "Foxborough", "MA", "68756"),
        ]


def test_fields_are_cut_by_characters_and_unpadded_unless_they_are_texts(loader):
    loader.table("t", *SHORT)
    for line, options, expected in FIELDS:
        loader.session.log.execute("DELETE FROM t")
        loader.copy("t", loader.put("k", line), f"{WIDTHS} {options}")
        assert loader.rows("t") == [expected], line


def test_rejected_lines(loader):
    loader.table("t", *SHORT)
    content = b"\n".join((*(line for line, _, _ in REJECTED), b"12 ab 3"))
    assert loader.copy("t", loader.put("k", content), f"{WIDTHS} MAXERROR 99").rows == 1
    found = loader.errors("line_number, err_code, trim(colname)")
    assert sorted(found) == [
        (str(number), code, name) for number, (_, code, name) in enumerate(REJECTED, 1)
    ]


def test_what_widths_cannot_be(loader):
    loader.table("t", column("a", "integer"), column("b", "varbyte", 4))
    key = loader.put("k", "1")
    for widths in ("'a:3'", "'a:3,b:3,c:1'", "'a:3,b:3'", "'a:0,b:1'", "'a,b'", "'a:1 b:2'", "''"):
        with pytest.raises(RedshiftError) as refused:
            loader.copy("t", key, f"FIXEDWIDTH {widths}")
        assert not isinstance(refused.value, LoadFailedError)

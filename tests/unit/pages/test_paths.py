"""Names of pages: different for different relations, and harmless in URLs and file systems."""

import re
import unicodedata

import pytest

from pipeline.names import TableName
from pipeline.pages.paths import page_of, safe

NAMES = {
    ("www", "orders"): "relation/www.orders.html",
    ("www", "gift cards"): "relation/www.gift~20cards.html",
    ("www", "a.b"): "relation/www.a~2eb.html",
    ("www.a", "b"): "relation/www~2ea.b.html",
    ("con", "nul"): "relation/~63on.~6eul.html",
    ("www", "../../etc"): "relation/www.~2e~2e~2f~2e~2e~2fetc.html",
    ("www", "Ä"): "relation/www.~c3~84.html",
    ("www", "A"): "relation/www.~41.html",
    ("www", "~41"): "relation/www.~7e41.html",
}


@pytest.mark.parametrize(("name", "page"), NAMES.items())
def test_the_page_of_a_relation(name, page):
    assert page_of(TableName(*name)) == page


def test_no_two_relations_share_a_page_where_case_and_composition_do_not_count():
    long = ["x" * 127, "x" * 126 + "y", "ä" * 63, "ä" * 62 + "ö"]
    names = [TableName(schema, table) for schema in ("a", "x" * 127) for table in long]
    names += [TableName("a", text) for text in ("ä", "a\u0308", "Ä", "ss", "ß", "a_b", "a-b")]
    pages = [page_of(name) for name in names]

    assert len({unicodedata.normalize("NFKC", page).casefold() for page in pages}) == len(names)
    assert all(re.fullmatch(r"relation/[a-z0-9_.~-]{1,230}", page) for page in pages)


def test_a_fragment_has_no_character_with_a_meaning():
    assert safe("Gift \"<Cards>'#") == "~47ift~20~22~3c~43ards~3e~27~23"

import pytest

from pipeline.access.acl import Grant, Item, grants, read, read_items
from pipeline.sql.access.privileges import PUBLIC, Grantee

ETL, DW = Grantee("group", "etl_rw"), Grantee("user", "dw")


ITEMS = [
    (None, []),
    ("", []),
    ("dw=UC/dw", [(DW, "USAGE"), (DW, "CREATE")]),
    ("group etl_rw=U/dw", [(ETL, "USAGE")]),
    ("role r=T/dw", [(Grantee("role", "r"), "TEMP")]),
    ("=T/dw", [(PUBLIC, "TEMP")]),
    ("dw=arwdRxtD/dw", [(DW, name) for name in ("INSERT", "SELECT", "UPDATE", "DELETE", *"RxtD")]),
    ("dw=r*w*/dw", [(DW, "SELECT"), (DW, "UPDATE")]),
    ("=U/dw\ngroup etl_rw=C/dw", [(PUBLIC, "USAGE"), (ETL, "CREATE")]),
    ('group "a-b"=U/dw', [(Grantee("group", "a-b"), "USAGE")]),
    ('"a=b/""c"=U/dw', [(Grantee("user", 'a=b/"c'), "USAGE")]),
    ('"group etl_rw=U/dw"', [(ETL, "USAGE")]),
    ('"a-b"=U/"a-b"', [(Grantee("user", "a-b"), "USAGE")]),
    ('"a@b.c"=U/"x""y"', [(Grantee("user", "a@b.c"), "USAGE")]),
    ('=U/"a-b"', [(PUBLIC, "USAGE")]),
    ("über=U/dw$", [(Grantee("user", "über"), "USAGE")]),
    ("dw=/dw", []),
]


@pytest.mark.parametrize(("items", "expected"), ITEMS)
def test_each_form_of_an_item_is_read(items, expected):
    assert list(read(items)) == expected


def test_a_user_whose_name_looks_like_a_group_is_a_user():
    assert list(read('"group etl_rw"=U/dw')) == [(Grantee("user", "group etl_rw"), "USAGE")]


@pytest.mark.parametrize("items", ["dw", "dw=U", "x y z", '"dw=U/dw'])
def test_a_malformed_item_is_refused(items):
    with pytest.raises(ValueError, match="is not an ACL item"):
        list(read(items))


def test_grants_carry_the_name_of_the_object():
    assert list(grants("www", "group etl_rw=U/dw")) == [Grant("www", "USAGE", ETL)]


def test_items_keep_the_letters_with_and_without_grant_option():
    assert list(read_items("dw=r*w/dw\n=r/dw")) == [
        Item(DW, frozenset("rw"), frozenset("r")),
        Item(PUBLIC, frozenset("r")),
    ]
    assert list(read_items(None)) == []


@pytest.mark.parametrize(
    ("items", "others", "left"),
    [
        ("dw=rw/dw", "", "dw=rw/dw"),
        ("dw=rw/dw", "dw=r/dw\ngroup dw=w/dw", "dw=w/dw"),
        ("dw=rw/dw", "dw=r/dw\ndw=w/tom", "dw=/dw"),
        ("dw=r*w*/dw", "dw=rw*/dw", "dw=r*/dw"),
    ],
)
def test_what_a_grantee_has_already_is_left_out(items, others, left):
    [item] = read_items(items)
    assert item.without(read_items(others)) == next(read_items(left))

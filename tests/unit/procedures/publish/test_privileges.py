"""The privileges that a relation keeps when another one takes its place."""

import dataclasses

import pytest

from pipeline.designs.model.design import Column, Design
from pipeline.names import TableName
from pipeline.procedures.inventory import RelationState
from pipeline.procedures.publish.privileges import Carried, lacking
from pipeline.settings import Groups

NAME = TableName("www", "users")
GROUPS = Groups(etl="etl_rw", users="analyst_ro")
OWN = ("dw=arwdRxtZ/dw", "group etl_rw=arwdRxtZ/dw", "group analyst_ro=r/dw")


def state(*items: str) -> RelationState:
    acl = "\n".join(items) if items else None
    return RelationState("table", 1, has_views=False, is_referenced=False, owner="dw", acl=acl)


def carry(old: RelationState, new: RelationState | None = None) -> tuple[list[str], list[str]]:
    """Return what is granted and remarked, in a line for each."""
    remarks: list[str] = []
    found = Carried(NAME, GROUPS, old, new, remarks.append).statements()
    return [statement.text.replace("\n", " ") for statement in found], remarks


@pytest.mark.parametrize(
    ("items", "granted"),
    [
        ((), []),
        (OWN, []),
        ((*OWN, "tom=rx/dw"), ['GRANT SELECT, REFERENCES ON TABLE "www"."users" TO "tom"']),
        (
            (*OWN, "tom=r*w/dw"),
            [
                'GRANT UPDATE ON TABLE "www"."users" TO "tom"',
                'GRANT SELECT ON TABLE "www"."users" TO "tom" WITH GRANT OPTION',
            ],
        ),
        ((*OWN, "=r/dw"), ['GRANT SELECT ON TABLE "www"."users" TO PUBLIC']),
        (
            (*OWN, 'group "b i"=arwdRxtZ/dw'),
            ['GRANT ALL PRIVILEGES ON TABLE "www"."users" TO GROUP "b i"'],
        ),
        (
            (*OWN[:2], "group analyst_ro=rd/dw"),
            ['GRANT DELETE ON TABLE "www"."users" TO GROUP "analyst_ro"'],
        ),
        ((*OWN, "105=r/dw", "group 106=r/dw"), []),
        ((*OWN, "tom=Rt/dw"), []),
    ],
)
def test_what_the_groups_do_not_have_is_granted_again(
    items: tuple[str, ...], granted: list[str]
) -> None:
    assert carry(state(*items)) == (granted, [])


def test_what_the_new_table_has_by_default_privileges_is_not_granted_again() -> None:
    old = state(*OWN, "tom=rw/dw", "group bi=arwdRxtZ/dw")
    new = state(*OWN, "tom=r/dw", "group bi=arwdRxtZ/dw")
    assert carry(old, new) == (['GRANT UPDATE ON TABLE "www"."users" TO "tom"'], [])


def test_privileges_without_a_name_are_told() -> None:
    lost = 'privileges of "tom" on www.users were lost: QZ'
    granted = ['GRANT SELECT ON TABLE "www"."users" TO "tom"']
    assert carry(state(*OWN, "tom=rZQ/dw")) == (granted, [lost])
    lost = "a privilege on www.users was lost: '?' is not an ACL item"
    assert carry(state(*OWN, "?", "tom=r/dw")) == (granted, [lost])


WRITERS = 'GRANT ALL PRIVILEGES ON TABLE "www"."users" TO GROUP "etl_rw"'
READERS = 'GRANT SELECT ON TABLE "www"."users" TO GROUP "analyst_ro"'
COMMENTS = (
    'COMMENT ON TABLE "www"."users" IS %(description)s',
    'COMMENT ON COLUMN "www"."users"."id" IS %(description)s',
)
COLUMN = Column("id", "int", description="key")
DESIGN = Design(NAME, "TABLE", "users", (COLUMN,), description="all users")


def restore(found: RelationState) -> tuple[list[str], list[str]]:
    """Return what a table that is filled in place gets, and what is remarked, in lines."""
    remarks: list[str] = []
    statements = lacking(DESIGN, GROUPS, found, remarks.append)
    return [statement.text.replace("\n", " ") for statement in statements], remarks


@pytest.mark.parametrize(
    ("items", "comments", "expected"),
    [
        (OWN, 2, []),
        (("dw=arwdRxt/dw", "group etl_rw=arwd/dw", "group analyst_ro=rw/dw"), 2, []),
        ((), 2, [WRITERS, READERS]),
        (OWN[:2], 2, [READERS]),
        ((OWN[0], OWN[2], "group etl_rw=arw/dw"), 2, [WRITERS]),
        ((*OWN[:2], "analyst_ro=r/dw"), 2, [READERS]),
        (OWN, 1, [*COMMENTS]),
        (("?",), 0, [WRITERS, READERS, *COMMENTS]),
    ],
)
def test_a_table_that_is_filled_in_place_gets_what_it_lacks(
    items: tuple[str, ...], comments: int, expected: list[str]
) -> None:
    found = dataclasses.replace(state(*items), comment_count=comments)
    assert restore(found) == (expected, [])


def test_what_another_user_must_grant_is_told() -> None:
    found = dataclasses.replace(state(*OWN), owner="ann", may_alter=False)
    told = "www.users lacks privileges of the groups, or comments, which only its owner 'ann' can"
    assert restore(found) == ([], [f"{told} restore"])
    assert restore(dataclasses.replace(found, comment_count=2)) == ([], [])

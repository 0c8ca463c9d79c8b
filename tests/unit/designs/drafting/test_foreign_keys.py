"""A draft keeps the foreign keys that reference keys of designs."""

import pytest

from pipeline.designs.drafting.draft import Draft, keep_known
from pipeline.designs.model.design import Column, Constraints, Design, ForeignKey
from pipeline.names import TableName

USERS, ORDERS = TableName("www", "users"), TableName("www", "orders")


def design(name, kind="TABLE", **constraints):
    columns = tuple(Column(column, "integer") for column in ("id", "code"))
    return Design(name, kind, f"www/{name.table}", columns, constraints=Constraints(**constraints))


def drafted(columns=("id",), target=USERS):
    return Draft(design(ORDERS, foreign_keys=(ForeignKey(("code",), target, columns),)))


@pytest.mark.parametrize(
    "target",
    [
        design(USERS, primary_key=("id",)),
        design(USERS, unique=(("code",), ("id",))),
        design(USERS, natural_key=("id",)),
        design(USERS, surrogate_key=("id",)),
    ],
)
def test_a_reference_to_a_key_of_a_design_is_kept(target):
    draft = drafted()
    assert keep_known(draft, {USERS: target}) == (draft, ())


@pytest.mark.parametrize(
    ("designs", "reason"),
    [
        ([], "there is no design for 'www.users'; did you mean 'www.orders'?"),
        ([design(USERS)], "(id) is not a primary or unique key of 'www.users'"),
        (
            [design(USERS, primary_key=("id", "code"))],
            "(id) is not a primary or unique key of 'www.users'",
        ),
        ([design(USERS, "VIEW", primary_key=("id",))], "'www.users' is a view"),
    ],
)
def test_other_foreign_keys_are_omitted_with_the_reason(designs, reason):
    draft, left_out = keep_known(drafted(), {each.name: each for each in designs})
    assert draft.design.constraints.foreign_keys == ()
    assert left_out == (f"foreign key (code) omitted: {reason}",)


def test_a_reference_to_the_table_itself_needs_no_other_design():
    keys = (ForeignKey(("code",), ORDERS, ("id",)),)
    draft = Draft(design(ORDERS, primary_key=("id",), foreign_keys=keys))
    assert keep_known(draft, {}) == (draft, ())

"""The privileges of a relation that is created, also to replace another one, or filled again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.access.acl import READ_AND_WRITE, Item, read, read_items
from pipeline.designs.model.design import Design
from pipeline.names import TableName
from pipeline.procedures.inventory import RelationState
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee, grant_some, grant_table
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl, publish

PRIVILEGES = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "x": "REFERENCES"}
"""The privileges on tables and views that can be granted again, by letter."""

UNUSED = frozenset("Rt")
"""RULE and TRIGGER, which the catalog keeps and Redshift does not use."""


def privileges(design: Design, groups: Groups, name: TableName) -> tuple[Statement, ...]:
    """Return the statements that grant privileges on a new relation and describe it.

    ``name`` may be that of its staging table: renaming keeps both.
    """
    return (*publish.grants(name, groups), *ddl.comment_on(design, name))


def lacking(
    design: Design, groups: Groups, state: RelationState, remark: Callable[[str], None]
) -> tuple[Statement, ...]:
    """Return the statements of ``privileges`` that a relation lacks which is filled in place.

    If it belongs to another user, who alone can grant and describe, that is remarked.
    """
    try:
        held = {*read(state.acl)}
    except ValueError:
        held = set()
    to_writers, to_readers = publish.grants(design.name, groups)
    readers = Grantee("group", groups.users)
    found = list[Statement]()
    if not {(Grantee("group", groups.etl), each) for each in READ_AND_WRITE} <= held:
        found.append(to_writers)
    if (readers, "SELECT") not in held:
        found.append(to_readers)
    if state.comment_count < len(ddl.comments(design)):
        found += ddl.comment_on(design)
    if found and not state.may_alter:
        remark(
            f"{design.name} lacks privileges of the groups, or comments, which only its owner"
            f" '{state.owner}' can restore"
        )
        return ()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Carried:
    """What was granted on a relation beyond the pipeline's groups, for the one that replaces it.

    ``new`` is the state of the new relation, whose schema may have default privileges; None if it
    is not known.
    """

    name: TableName
    groups: Groups
    old: RelationState
    new: RelationState | None
    remark: Callable[[str], None]

    def statements(self) -> tuple[Statement, ...]:
        """Return the statements that grant it again.

        A privilege that the catalog does not name is lost, and remarked.
        """
        items, held = self._read(self.old), self._read(self.new)
        owner = Grantee("user", self.old.owner)
        everything = next((item.letters for item in items if item.grantee == owner), None)
        held += [Item(Grantee("group", self.groups.users), frozenset("r"))]
        skipped = {owner, Grantee("group", self.groups.etl)}
        found: list[Statement] = []
        for item in items:
            if item.grantee in skipped or item.grantee.name.isdecimal():  # of a user who is gone
                continue
            missing = item.without(held)
            if missing.letters and item.letters == everything and not item.grantable:
                found.append(grant_table(self.name, item.grantee))
            else:
                found += self._grants(missing)
        return tuple(found)

    def _read(self, state: RelationState | None) -> list[Item]:
        found: list[Item] = []
        for line in ((state and state.acl) or "").splitlines():
            try:
                found += read_items(line)
            except ValueError as error:
                self.remark(f"a privilege on {self.name} was lost: {error}")
        return found

    def _grants(self, item: Item) -> Iterator[Statement]:
        for letters, option in ((item.letters - item.grantable, False), (item.grantable, True)):
            if words := [word for letter, word in PRIVILEGES.items() if letter in letters]:
                yield grant_some(self.name, words, item.grantee, grant_option=option)
        if lost := item.letters - {*PRIVILEGES} - UNUSED:
            names = "".join(sorted(lost))
            self.remark(f"privileges of {item.grantee} on {self.name} were lost: {names}")

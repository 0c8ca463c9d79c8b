"""Late-binding views: their text is resolved when they are queried, not when they are created.

A placeholder view without columns holds the name, the owner and the grants. For a query, a
temporary view with the view's text and owner takes its place, and is dropped in the same
transaction: nobody else ever sees that it is bound.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.catalog_names import is_catalog
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.tokens import literal, quoted, split
from redshift_emulator.session.relations import Relation, find
from redshift_emulator.session.session import Session

DEEPEST = 32


@contextmanager
def bound(session: Session, relations: Mapping[Name, Relation]) -> Iterator[dict[Name, str]]:
    """Stand temporary views in for the late-binding ones; yield what to write in their place."""
    binder = _Binder(session)
    standing = {
        name: binder.bind(relation, session.user)
        for name, relation in relations.items()
        if relation.definition is not None
    }
    yield standing
    binder.drop()


class _Binder:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._views: list[str] = []

    def bind(self, view: Relation, reader: str, depth: int = 0) -> str:
        """Create the temporary view that stands for a late-binding one; return its name."""
        if depth > DEEPEST:
            raise RedshiftError(f'infinite recursion in view "{view.name}"', sqlstate="42P17")
        self._check(view, reader)
        standing = f"pg_temp.{quoted(f'late_binding_{view.oid}')}"
        if standing in self._views:
            return standing
        statement = split(view.definition or "", case_sensitive=self._session.case_sensitive)[0]
        rewriter = Rewriter(statement)
        names = [table.name for table in rewriter.shape.relations if not is_catalog(table.name)]
        beneath = {
            name: self.bind(relation, view.owner, depth + 1)
            for name, relation in find(self._session, names).items()
            if relation.definition is not None
        }
        query = rewriter.query(beneath).sql.text
        self._session.engine(
            f"CREATE TEMP VIEW {quoted(f'late_binding_{view.oid}')} AS {query};"
            f"ALTER VIEW {standing} OWNER TO {quoted(view.owner)};"
            f"GRANT SELECT ON {standing} TO PUBLIC"
        )
        self._views.append(standing)
        return standing

    def drop(self) -> None:
        """Drop the temporary views."""
        if self._views:
            self._session.engine(f"DROP VIEW {', '.join(reversed(self._views))}")

    def _check(self, view: Relation, reader: str) -> None:
        """Require SELECT on the view itself; its owner needs it on what lies beneath."""
        asked = f"has_table_privilege({literal(reader)}, {view.oid}::oid, 'SELECT')"
        if self._session.rows(f"SELECT {asked}")[0][0] != "t":
            message = f"permission denied for relation {view.name.name}"
            raise RedshiftError(message, sqlstate="42501")

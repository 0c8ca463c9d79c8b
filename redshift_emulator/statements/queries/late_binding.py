"""Late-binding views: their names are resolved when they are queried, not when they are created.

A placeholder view without columns holds the name, the owner and the grants. While a statement
queries it, a temporary view with the same query and owner replaces it; it is dropped in the same
transaction, so other sessions never see a dependency on the tables.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.names.catalog_names import is_catalog
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.tokens import literal, quoted, split
from redshift_emulator.session.relations import Relation, find
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.constants import constants
from redshift_emulator.statements.queries.examination import examined
from redshift_emulator.statements.queries.plain import (
    PlainQuery,
    navigated,
    plain_query,
    rewriter_of,
    without_aliases,
)

MOST_NESTED = 32


@contextmanager
def bound(session: Session, relations: Mapping[Name, Relation]) -> Iterator[dict[Name, str]]:
    """Create temporary views for the late-binding ones among the relations; drop them at the end.

    Yields their names by the name that they replace, such as
    ``{Name("s", "v"): 'pg_temp."late_binding_16385"'}``.
    """
    binder = _Binder(session)
    replacements = {
        name: binder.bind(relation, session.user)
        for name, relation in relations.items()
        if relation.late_binding_query is not None
    }
    yield replacements
    binder.drop()


class _Binder:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._views: list[str] = []

    def bind(self, view: Relation, reader: str, depth: int = 0) -> str:
        """Create the temporary view that replaces a late-binding one; return its name."""
        if depth > MOST_NESTED:
            raise RedshiftError(f'infinite recursion in view "{view.name}"', sqlstate="42P17")
        self._check_privilege(view, reader)
        temporary = f"pg_temp.{quoted(f'late_binding_{view.oid}')}"
        if temporary in self._views:
            return temporary
        statement = split(
            view.late_binding_query or "", case_sensitive=self._session.case_sensitive
        )[0]
        written = navigated(PlainQuery(statement, 0), self._session)
        given = Given(constants(self._session))
        rewriter = rewriter_of(plain_query(written, self._session), self._session)
        names = [table.name for table in rewriter.shape.relations if not is_catalog(table.name)]
        nested = {
            name: self.bind(relation, view.owner, depth + 1)
            for name, relation in find(self._session, names, to_read=True).items()
            if relation.late_binding_query is not None
        }
        plain = without_aliases(
            written,
            self._session,
            lambda each: rewriter_of(each, self._session, given).query(nested).sql,
        )

        def new(factors: Mapping[int, str]) -> Rewriter:
            return rewriter_of(plain, self._session, replace(given, factors=factors))

        query = examined(self._session, new, nested).sql.text
        self._session.run_as_engine(
            f"CREATE TEMP VIEW {quoted(f'late_binding_{view.oid}')} {view.names} AS {query};"
            f"ALTER VIEW {temporary} OWNER TO {quoted(view.owner)};"
            f"GRANT SELECT ON {temporary} TO PUBLIC"
        )
        self._views.append(temporary)
        return temporary

    def drop(self) -> None:
        """Drop the temporary views."""
        if self._views:
            self._session.run_as_engine(f"DROP VIEW {', '.join(reversed(self._views))}")

    def _check_privilege(self, view: Relation, reader: str) -> None:
        """Require SELECT on the view; its owner needs it on the relations that the view reads."""
        privilege = f"has_table_privilege({literal(reader)}, {view.oid}::oid, 'SELECT')"
        if self._session.query(f"SELECT {privilege}")[0][0] != "t":
            message = f"permission denied for relation {view.name.name}"
            raise RedshiftError(message, sqlstate="42501")

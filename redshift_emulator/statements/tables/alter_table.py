"""ALTER TABLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.table_definition import ColumnParser, parse_table_key
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.language.type_names import backend_type, parse_type
from redshift_emulator.session.relations import (
    MATERIALIZED_VIEW,
    TABLE,
    Relation,
    find_one,
    read_columns,
    require_owner,
)
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import take_owner
from redshift_emulator.statements.tables.alter_keys import WORDS as KEY_WORDS
from redshift_emulator.statements.tables.alter_keys import KeyChange
from redshift_emulator.statements.tables.append import append
from redshift_emulator.statements.tables.column_sql import check_sql, column_sql
from redshift_emulator.statements.tables.keys import add_keys, drop_key
from redshift_emulator.statements.tables.properties import save_column_properties

_UNALTERABLE = frozenset({"bytedict", "runlength", "text255", "text32k"})
# https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_external-table.html
_EXTERNAL = (
    ("set", "location"),
    ("set", "file", "format"),
    ("set", "table", "properties"),
    ("add", "partition"),
    ("add", "if", "not", "exists", "partition"),
    ("drop", "partition"),
    ("partition",),
    ("row", "level", "security"),
    ("masking",),
)


def alter_table(statement: Statement, session: Session) -> str:
    """ALTER TABLE name action."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "table")
    _refuse_postgresqls(parser)
    name = parser.take_qualified()
    if parser.at("append"):
        session.prevent_in_block("ALTER TABLE APPEND")
        append(session, name, parser)
        return "ALTER TABLE"
    _refuse_external(parser)
    alters = parser.accept("alter")
    if alters and _changes_type(parser):
        session.prevent_in_block("ALTER TABLE ALTER COLUMN TYPE")
    _Alteration(session, parser, find_one(session, name)).run(alters=alters)
    return "ALTER TABLE"


def _refuse_postgresqls(parser: Parser) -> None:
    """Refuse words before the name that PostgreSQL has, and Redshift has not."""
    for words in (("if", "exists"), ("only",)):
        if parser.at(*words):
            raise NotSupportedError(f"ALTER TABLE {' '.join(words).upper()} is not supported")


def _refuse_external(parser: Parser) -> None:
    """Refuse what only external tables have, and policies."""
    for words in _EXTERNAL:
        if parser.at(*words):
            shown = " ".join(words).upper()
            raise NotSupportedError(f"ALTER TABLE ... {shown}: not supported by the emulator")


def _changes_type(parser: Parser) -> bool:
    return any(token.is_word("type") for token in parser.statement.tokens[parser.position :])


class _Alteration:
    def __init__(self, session: Session, parser: Parser, table: Relation) -> None:
        self._session = session
        self._parser = parser
        self._table = table
        self._head = f"ALTER TABLE {table.name.sql}"

    def run(self, *, alters: bool) -> None:
        parser = self._parser
        if parser.at("owner") or parser.at("rename"):
            self._rename_or_change_owner()
            return
        if self._table.kind != TABLE:
            message = f'"{self._table.name.name}" is not a table'
            raise RedshiftError(message, sqlstate="42809")
        if alters:
            self._alter()
        elif parser.accept("add"):
            self._add()
        elif parser.accept("drop"):
            self._drop()
        elif parser.at("set"):
            raise NotSupportedError("ALTER TABLE ... SET is not supported")
        else:
            raise parser.fail()

    def _rename_or_change_owner(self) -> None:
        parser, session = self._parser, self._session
        if parser.accept("owner", "to"):
            owner = take_owner(parser, session)
            parser.expect_end()
            session.run(f"{self._head} OWNER TO {owner}")
            return
        if self._table.kind == MATERIALIZED_VIEW:
            raise NotSupportedError("a materialized view cannot be renamed")
        parser.expect("rename")
        if parser.accept("to"):
            new = parser.take_name()
            parser.expect_end()
            session.run(f"{self._head} RENAME TO {quoted(new)}")
            return
        parser.accept("column")
        old = parser.take_name()
        parser.expect("to")
        new = parser.take_name()
        parser.expect_end()
        session.run(f"{self._head} RENAME COLUMN {quoted(old)} TO {quoted(new)}")

    def _add(self) -> None:
        key = parse_table_key(self._parser)
        if key is not None:
            self._parser.expect_end()
            require_owner(self._session, self._table)
            if key.kind == "p":
                for name in key.columns:
                    self._session.run(f"{self._head} ALTER COLUMN {quoted(name)} SET NOT NULL")
            add_keys(self._session, self._table, [key])
            return
        self._parser.accept("column")
        self._add_column()

    def _add_column(self) -> None:
        parser, session = self._parser, self._session
        reader = ColumnParser(parser, self._table.name.name)
        column = reader.parse()
        if parser.at_operator(","):
            raise NotSupportedError("ALTER TABLE ADD COLUMN takes one column at a time")
        parser.expect_end()
        if column.identity is not None or column.distkey or column.sortkey or reader.keys:
            message = "ALTER TABLE ADD COLUMN takes no identity, key, DISTKEY or SORTKEY"
            raise NotSupportedError(message)
        if column.not_null and column.default is None:
            raise NotSupportedError(
                "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default"
                " expression"
            )
        number = self._next_number()
        session.run(f"{self._head} ADD COLUMN {column_sql(parser.statement, column, number)}")
        save_column_properties(session, self._table, column)

    def _next_number(self) -> int:
        query = "SELECT max(attnum) FROM pg_catalog.pg_attribute WHERE attrelid = {oid}"
        rows = self._session.query(fill(query, oid=self._table.oid))
        return int(rows[0][0] or 0) + 1

    def _drop(self) -> None:
        parser, session = self._parser, self._session
        if parser.accept("constraint"):
            name = parser.take_name()
            cascade = parser.take_cascade()
            parser.expect_end()
            require_owner(self._session, self._table)
            drop_key(session, self._table, name, cascade=bool(cascade))
            return
        parser.accept("column")
        name = parser.take_name()
        cascade = parser.take_cascade()
        parser.expect_end()
        self._check_droppable(name)
        session.run(f"{self._head} DROP COLUMN {quoted(name)}{cascade}")

    def _check_droppable(self, name: str) -> None:
        query = (
            "SELECT p.distkey, p.sortkey <> 0 FROM pg_internal.column_property AS p"
            " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.relid AND a.attnum = p.attnum"
            " WHERE p.relid = {oid} AND a.attname = {column}"
        )
        rows = self._session.query(fill(query, oid=self._table.oid, column=name))
        for found, kind in zip(rows[0] if rows else (), ("distribution", "sort"), strict=False):
            if found == "t":
                message = f'cannot drop {kind} key column "{name}"'
                raise RedshiftError(message, sqlstate="0A000")

    def _alter(self) -> None:
        parser = self._parser
        first = parser.position
        parser.accept("column")
        name = parser.take_type_word()
        if parser.at("encode") or name in KEY_WORDS:
            parser.position = first
            KeyChange(self._session, parser, self._table).run()
        elif parser.accept("type"):
            self._alter_type(name)
        else:
            raise NotSupportedError("ALTER TABLE ... ALTER COLUMN takes TYPE and ENCODE only")

    def _alter_type(self, name: str) -> None:
        """Change the length of a VARCHAR: Redshift changes no other type."""
        parser, session = self._parser, self._session
        new = parse_type(parser, column=f"{self._table.name.name}.{name}")
        parser.expect_end()
        old = {c.name: c for c in read_columns(session, self._table.name)}.get(name)
        if old is None:
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")
        if old.type.name != "varchar" or new.name != "varchar" or old.has_default:
            message = f'cannot alter type of column "{name}"'
            raise NotSupportedError(message)
        self._check_alterable(name)
        number = self._number(name)
        drops = "".join(f"DROP CONSTRAINT {quoted(check)}, " for check in self._read_checks(name))
        session.run(
            f"{self._head} {drops}ALTER COLUMN {quoted(name)} TYPE {backend_type(new)},"
            f" ADD {check_sql(name, new, number)}"
        )

    def _number(self, column: str) -> int:
        query = (
            "SELECT attnum FROM pg_catalog.pg_attribute"
            " WHERE attrelid = {oid} AND attname = {column}"
        )
        rows = self._session.query(fill(query, oid=self._table.oid, column=column))
        return int(rows[0][0] or 0)

    def _read_checks(self, column: str) -> list[str]:
        """Read the names of the checks that enforce a column's type."""
        query = (
            "SELECT k.conname FROM pg_catalog.pg_constraint AS k"
            " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid"
            " WHERE k.conrelid = {oid} AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]"
            " AND a.attname = {column}"
        )
        rows = self._session.query(fill(query, oid=self._table.oid, column=column))
        return [check or "" for (check,) in rows]

    def _check_alterable(self, name: str) -> None:
        query = (
            "SELECT p.encoding, EXISTS (SELECT FROM pg_internal.key_constraint AS k"
            " WHERE k.conrelid = p.relid AND p.attnum = ANY (k.conkey))"
            " FROM pg_internal.column_property AS p"
            " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.relid AND a.attnum = p.attnum"
            " WHERE p.relid = {oid} AND a.attname = {column}"
        )
        rows = self._session.query(fill(query, oid=self._table.oid, column=name))
        for encoding, in_key in rows:
            if encoding in _UNALTERABLE or in_key == "t":
                raise NotSupportedError(f'cannot alter type of column "{name}"')

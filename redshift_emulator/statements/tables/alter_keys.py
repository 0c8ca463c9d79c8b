"""ALTER DISTSTYLE, DISTKEY, SORTKEY and ENCODE of ALTER TABLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.table_attributes import MOST_SORT_KEYS
from redshift_emulator.language.table_definition import ENCODINGS, check_encoding
from redshift_emulator.session.relations import Relation, require_owner, type_of
from redshift_emulator.session.session import Session

WORDS = ("diststyle", "distkey", "sortkey", "compound", "encode")
_UNFIT = ("json", "jsonb", "bytea")
_READ = """
SELECT t.sortstyle, t.encode_auto FROM pg_internal.table_property AS t WHERE t.relid = {oid}"""
_TYPES = """
SELECT a.attname, t.typname, p.encoding, a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped"""
_DISTRIBUTE = """
UPDATE pg_internal.table_property SET diststyle = {style} WHERE relid = {oid};
UPDATE pg_internal.column_property AS p SET distkey = a.attname = {column}
FROM pg_catalog.pg_attribute AS a
WHERE p.relid = {oid} AND a.attrelid = p.relid AND a.attnum = p.attnum"""
_SORT = """
UPDATE pg_internal.table_property SET sortstyle = {style} WHERE relid = {oid};
UPDATE pg_internal.column_property AS p
SET sortkey = coalesce(array_position({names}, a.attname::text), 0)
FROM pg_catalog.pg_attribute AS a
WHERE p.relid = {oid} AND a.attrelid = p.relid AND a.attnum = p.attnum"""
# https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html: ALTER SORTKEY
_ENCODE_BY_DEFAULT = """
;UPDATE pg_internal.column_property AS p
SET encoding = CASE WHEN p.sortkey <> 0 OR t.typname IN ('bool', 'float4', 'float8') THEN 'raw'
    WHEN t.typname IN ('bpchar', 'varchar') THEN 'lzo' ELSE 'az64' END
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE p.relid = {oid} AND a.attrelid = p.relid AND a.attnum = p.attnum
    AND t.typname NOT IN ('json', 'jsonb', 'bytea')"""
_ENCODE = """
UPDATE pg_internal.table_property SET encode_auto = false WHERE relid = {oid};
UPDATE pg_internal.column_property AS p SET encoding = {encoding}
FROM pg_catalog.pg_attribute AS a
WHERE p.relid = {oid} AND a.attrelid = p.relid AND a.attnum = p.attnum AND a.attname = {column}"""


class KeyChange:
    """Changes attributes of a table; the first ALTER has been read."""

    def __init__(self, session: Session, parser: Parser, table: Relation) -> None:
        require_owner(session, table)
        self._session = session
        self._parser = parser
        self._table = table
        ((self._sortstyle, auto),) = session.query(fill(_READ, oid=table.oid))
        self._encode_auto = auto == "t"
        rows = session.query(fill(_TYPES, oid=table.oid))
        self._types = {name: kind for name, kind, *_ in rows}
        self._encodings = {name: encoding for name, _, encoding, *_ in rows}
        self._numbers = {
            name: (int(number or 0), int(size or 0)) for name, *_, number, size in rows
        }
        self._done: set[str] = set()

    def run(self) -> None:
        """Run ``DISTKEY a, ALTER SORTKEY (b)`` and the other combinations that are allowed."""
        kinds = [self._one()]
        while self._parser.accept_operator(","):
            self._parser.expect("alter")
            kinds.append(self._one())
        self._parser.expect_end()
        if (
            len(kinds) > 1
            and sorted(kinds) != ["distribution", "sort"]
            and set(kinds) != {"column"}
        ):
            raise NotSupportedError("ALTER TABLE does not combine these clauses")

    def _one(self) -> str:
        parser = self._parser
        if parser.accept("diststyle") or parser.at("distkey"):
            self._distribute()
            return "distribution"
        if parser.at("compound") or parser.at("sortkey"):
            self._sort()
            return "sort"
        if parser.accept("encode"):
            parser.expect("auto")
            change = "UPDATE pg_internal.table_property SET encode_auto = true WHERE relid = {oid}"
            self._session.run_as_engine(fill(change, oid=self._table.oid))
            return "encode"
        parser.accept("column")
        name = parser.take_name()
        parser.expect("encode")
        self._encode(name)
        return "column"

    def _distribute(self) -> None:
        parser = self._parser
        style = parser.accept_any("all", "even", "auto", "key") or "key"
        if style in {"all", "even"} and (self._table.name.schema or "").startswith("pg_temp"):
            raise NotSupportedError(f"ALTER DISTSTYLE {style.upper()} of a temporary table")
        if self._sortstyle == "INTERLEAVED" and style != "auto":
            raise NotSupportedError("the distribution of a table with an interleaved sort key")
        column = None
        if style == "key":
            parser.expect("distkey")
            column = parser.take_name()
            self._check_key(column)
        values = {"oid": self._table.oid, "style": style.upper(), "column": column or ""}
        self._session.run_as_engine(fill(_DISTRIBUTE, **values))

    def _sort(self) -> None:
        parser = self._parser
        compound = parser.accept("compound")
        parser.expect("sortkey")
        if not compound and parser.accept("auto"):
            change = "UPDATE pg_internal.table_property SET sortstyle = 'AUTO' WHERE relid = {oid}"
            self._session.run_as_engine(fill(change, oid=self._table.oid))
            return
        names: tuple[str, ...] = ()
        if compound or not parser.accept("none"):
            names = parser.take_names()
        if len(names) > MOST_SORT_KEYS:
            message = f"cannot have more than {MOST_SORT_KEYS} columns in a compound sort key"
            raise RedshiftError(message, sqlstate="54011")
        if len(set(names)) != len(names):
            raise RedshiftError("duplicate column in sort key", sqlstate="42701")
        for name in names:
            self._check_key(name)
        style = "COMPOUND" if names else None
        change = fill(_SORT, oid=self._table.oid, style=style, names=list(names))
        if self._encode_auto:
            change += fill(_ENCODE_BY_DEFAULT, oid=self._table.oid)
        self._session.run_as_engine(change)

    def _check_key(self, name: str) -> None:
        if name not in self._types:
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")
        if self._types[name] in _UNFIT:
            message = f'column "{name}" cannot be a distribution or sort key'
            raise NotSupportedError(message)

    def _encode(self, name: str) -> None:
        encoding = self._parser.take().value
        if encoding not in ENCODINGS:
            raise RedshiftError(f'encoding type "{encoding}" is not valid', sqlstate="42601")
        if name not in self._types:
            raise RedshiftError(f'column "{name}" does not exist', sqlstate="42703")
        check_encoding(name, type_of(self._session, *self._numbers[name]).name, encoding)
        if self._encodings[name] == encoding or name in self._done:
            raise NotSupportedError(f'column "{name}" already has encoding "{encoding}"')
        if self._sortstyle == "INTERLEAVED":
            raise NotSupportedError("the encoding of a table with an interleaved sort key")
        self._done.add(name)
        values = {"oid": self._table.oid, "encoding": encoding, "column": name}
        self._session.run_as_engine(fill(_ENCODE, **values))

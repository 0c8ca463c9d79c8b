"""CREATE TABLE (LIKE ...).

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.table_attributes import Attributes, parse_attributes
from redshift_emulator.session.relations import find_one
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.new_table import NewTable, find_created

MIXED_LIKE = "LIKE beside columns: not supported by the emulator"
_COPY_PROPERTIES = """
INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)
SELECT {oid}, diststyle, sortstyle, encode_auto, backup
FROM pg_internal.table_property
WHERE relid = {parent};
INSERT INTO pg_internal.column_property (relid, attnum, encoding, distkey, sortkey, varbyte)
SELECT n.attrelid, n.attnum, p.encoding, p.distkey, p.sortkey, p.varbyte
FROM pg_internal.column_property AS p
JOIN pg_catalog.pg_attribute AS o ON o.attrelid = p.relid AND o.attnum = p.attnum
JOIN pg_catalog.pg_attribute AS n ON n.attrelid = {oid} AND n.attname = o.attname
WHERE p.relid = {parent}"""


def create_table_like(session: Session, parser: Parser, new: NewTable) -> None:
    """CREATE TABLE name (LIKE parent [{INCLUDING | EXCLUDING} DEFAULTS]), from after LIKE on.

    Copies columns, checks, distribution, sort key, encodings and backup; no keys, no identity.
    """
    name = parser.take_qualified()
    including = " INCLUDING DEFAULTS" if parser.accept("including", "defaults") else ""
    if not including:
        parser.accept("excluding", "defaults")
    if parser.at_operator(","):
        raise NotSupportedError(MIXED_LIKE)
    parser.expect_operator(")")
    given = parse_attributes(parser)
    parser.expect_end()
    if given != Attributes():
        message = "LIKE takes distribution and sort key from the parent"
        raise RedshiftError(message, sqlstate="42601")
    parent = find_one(session, name)
    session.run(f"{new.head} (LIKE {parent.name.sql} INCLUDING CONSTRAINTS{including})")
    oid = find_created(session, new).oid
    session.run_as_engine(fill(_COPY_PROPERTIES, oid=oid, parent=parent.oid))

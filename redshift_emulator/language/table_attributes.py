"""Table attributes: distribution, sort key, encoding and backup, with checks and defaults.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from dataclasses import dataclass, replace

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import Kind

_UNFIT_KEYS = frozenset({"super", "varbyte"})
MOST_SORT_KEYS, MOST_INTERLEAVED = 400, 8


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a table, which follow its columns."""

    diststyle: str | None = None
    distkey: str | None = None
    sortstyle: str | None = None
    sortkey: tuple[str, ...] = ()
    encode_auto: bool = False
    backup: bool = True


def parse_attributes(parser: Parser) -> Attributes:
    """Read the attributes: in any order, each once."""
    found = Attributes()
    while parser.peek is not None and not parser.at("as"):
        found = parse_attribute(parser, found)
    return found


def parse_attribute(parser: Parser, found: Attributes) -> Attributes:
    """Read one attribute; return it with those found before."""
    if parser.accept("diststyle") and found.diststyle is None:
        style = parser.accept_any("auto", "even", "key", "all")
        if style is None:
            raise parser.fail()
        return replace(found, diststyle=style.upper())
    if parser.accept("distkey") and found.distkey is None:
        return replace(found, distkey=_single(parser))
    if found.sortstyle is None and any(map(parser.at, ("compound", "interleaved", "sortkey"))):
        return _sort_key(parser, found)
    if not found.encode_auto and parser.accept("encode", "auto"):
        return replace(found, encode_auto=True)
    return _backup(parser, found)


def _backup(parser: Parser, found: Attributes) -> Attributes:
    if parser.at("using", "iceberg"):
        raise NotSupportedError("CREATE TABLE USING ICEBERG: not supported by the emulator")
    parser.expect("backup")
    answer = parser.accept_any("yes", "no")
    if answer is None:
        raise parser.fail()
    return replace(found, backup=answer == "yes")


def _single(parser: Parser) -> str:
    names = _key(parser)
    if len(names) != 1:
        raise RedshiftError("only one distribution key can be specified", sqlstate="42601")
    return names[0]


def _key(parser: Parser) -> tuple[str, ...]:
    """Read ``(column, ...)``; CREATE TABLE AS takes the columns' numbers, too."""
    parser.expect_operator("(")
    numbered = parser.peek is not None and parser.peek.kind is Kind.NUMBER
    take = parser.take_integer if numbered else parser.take_name
    names = parser.take_list(lambda: str(take()))
    parser.expect_operator(")")
    return tuple(names)


def with_numbers_resolved(columns: tuple[Column, ...], given: Attributes) -> Attributes:
    """Replace numbers of columns in the keys of CREATE TABLE AS by names."""
    numbers = {str(number): column.name for number, column in enumerate(columns, 1)}
    distkey = given.distkey and numbers.get(given.distkey, given.distkey)
    sortkey = tuple(numbers.get(name, name) for name in given.sortkey)
    return replace(given, distkey=distkey, sortkey=sortkey)


def _sort_key(parser: Parser, found: Attributes) -> Attributes:
    style = parser.accept_any("compound", "interleaved")
    parser.expect("sortkey")
    if style is None and parser.accept("auto"):
        return replace(found, sortstyle="AUTO")
    names = _key(parser)
    limit = MOST_INTERLEAVED if style == "interleaved" else MOST_SORT_KEYS
    if len(names) > limit:
        message = f"cannot have more than {limit} columns in a {style or 'compound'} sort key"
        raise RedshiftError(message, sqlstate="54011")
    return replace(found, sortstyle=(style or "compound").upper(), sortkey=names)


def merged(columns: tuple[Column, ...], given: Attributes) -> Attributes:
    """Check a table's attributes against its columns, and add the columns' attributes."""
    distkeys = [column.name for column in columns if column.distkey]
    sortkeys = tuple(column.name for column in columns if column.sortkey)
    if given.distkey is not None:
        distkeys.append(given.distkey)
    if len(distkeys) > 1:
        raise RedshiftError("multiple distribution keys are not allowed", sqlstate="42601")
    if len(sortkeys) > 1 or (sortkeys and given.sortstyle is not None):
        raise RedshiftError("multiple sort keys are not allowed", sqlstate="42601")
    if sortkeys:
        given = replace(given, sortstyle="COMPOUND", sortkey=sortkeys)
    given = replace(given, distkey=distkeys[0] if distkeys else None)
    _check_keys(columns, given)
    return _with_defaults(columns, given)


def _check_keys(columns: tuple[Column, ...], given: Attributes) -> None:
    types = {column.name: column.type.name for column in columns}
    for name in (*((given.distkey,) if given.distkey else ()), *given.sortkey):
        if name not in types:
            raise RedshiftError(f'column "{name}" named in key does not exist', sqlstate="42703")
        if types[name] in _UNFIT_KEYS:
            message = f'column "{name}" of type {types[name]} cannot be a distribution or sort key'
            raise NotSupportedError(message)
    if len(set(given.sortkey)) != len(given.sortkey):
        raise RedshiftError("duplicate column in sort key", sqlstate="42701")
    if given.distkey and given.diststyle not in {None, "KEY"}:
        message = f"DISTKEY cannot be specified with DISTSTYLE {given.diststyle}"
        raise RedshiftError(message, sqlstate="42601")
    if given.diststyle == "KEY" and given.distkey is None:
        raise RedshiftError("DISTSTYLE KEY requires a DISTKEY column", sqlstate="42601")
    if given.sortstyle == "INTERLEAVED" and given.diststyle == "AUTO":
        raise RedshiftError("DISTSTYLE AUTO conflicts with INTERLEAVED SORTKEY", sqlstate="42601")


def _with_defaults(columns: tuple[Column, ...], given: Attributes) -> Attributes:
    style = given.diststyle or ("KEY" if given.distkey else "AUTO")
    encode_auto = not any(column.encoding for column in columns)
    return replace(given, diststyle=style, encode_auto=encode_auto)

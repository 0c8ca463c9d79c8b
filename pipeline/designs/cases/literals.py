"""Values of cases, checked against the type of their column."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from pipeline.designs.cases.model import JsonText, Rows, Sql, Value
from pipeline.designs.checking.values import MAX_DIGITS
from pipeline.designs.model.design import Design
from pipeline.designs.model.types import FLOATS, TEXTS, SqlType, parse_type
from pipeline.designs.queries.parse import parse
from pipeline.documents.schema import show
from pipeline.errors import DesignError

_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}
_HEX = re.compile("([0-9A-Fa-f]{2})*")
_BOOLEANS = {"true": "true", "t": "true", "false": "false", "f": "false"}


def read_value(value: Any, kind: SqlType | None) -> Value:
    """Convert a value of YAML or a field of CSV for a column; ValueError names the problem.

    ``{sql: GETDATE()}`` is SQL. ``kind`` is None if the type is not known; a mapping or list is
    then a JsonText.
    """
    if value is None:
        return None
    if isinstance(value, dict) and value.keys() == {"sql"} and isinstance(value["sql"], str):
        return _sql(value["sql"])
    base = "" if kind is None else kind.base
    if base == "super":
        return _super(value)
    if kind is None and isinstance(value, dict | list):
        return JsonText(_super(value))
    is_nested = isinstance(value, JsonText)
    if is_nested:
        expected = "a value" if kind is None else f"a value of type {kind}"
        raise ValueError(f"found {value}, expected {expected}")
    text = _scalar(value, is_text=base in TEXTS | {"varbyte"})
    return text if kind is None or base not in _READ else _READ[base](text, kind)


def read_again(rows: Rows, design: Design) -> Rows:
    """Convert values that were read before the types of their columns were known.

    ValueError names the row, counted from 1, and the column.
    """
    types = {each.name: parse_type(each.sql_type) for each in design.columns if each.sql_type}
    found: list[dict[str, Value]] = []
    for number, row in enumerate(rows, start=1):
        found.append({})
        for name, value in row.items():
            try:
                is_text = isinstance(value, str)
                found[-1][name] = read_value(value, types.get(name)) if is_text else value
            except ValueError as error:
                raise ValueError(f"row {number}: {name}: {error}") from None
    return tuple(found)


def _scalar(value: Any, *, is_text: bool) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if is_text and isinstance(value, int | float):
        raise ValueError(f"{value!r} is a number, the column a text; put it in quotes")
    if isinstance(value, float):
        _check_digits(value)
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"found {show(value)}, expected a value")


def _sql(text: str) -> Sql:
    try:
        tree = parse(f"SELECT\n{text}", "sql")
    except DesignError as error:
        raise ValueError(f"sql: {error.faults[0].message if error.faults else error}") from error
    names = ", ".join(column.sql() for column in tree.find_all(exp.Column) if column.table)
    if names or tree.find(exp.From) is not None or len(tree.expressions) != 1:
        raise ValueError(f"sql: '{text}' is not one expression without columns and tables")
    return Sql(text)


def _super(value: Any) -> str:
    if not isinstance(value, str):
        for each in _numbers_in(value):
            _check_digits(each)
        return json.dumps(value, ensure_ascii=False)
    try:
        json.loads(value)
    except ValueError:
        raise ValueError(f"'{value}' is not JSON; a text in a SUPER has double quotes") from None
    return value


def _numbers_in(value: Any) -> Iterator[float]:
    """Yield the numbers with a fraction in a value of YAML."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _numbers_in(each)
    elif isinstance(value, float):
        yield value


def _check_digits(value: float) -> None:
    digits = re.sub(r"e.*|\D", "", repr(value)).strip("0")
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"{value!r} has too many digits for a number of YAML; put it in quotes")


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is not a number") from None
    if not found.is_finite():
        raise ValueError(f"'{text}' is not a finite number")
    return found


def _integer(text: str, kind: SqlType) -> str:
    found = _number(text)
    limit = 2 ** _INTEGERS[kind.base]
    if found != found.to_integral_value() or not -limit <= found < limit:
        raise ValueError(f"'{text}' is not of type {kind}")
    return str(int(found))


def _numeric(text: str, kind: SqlType) -> str:
    precision, scale = kind.sizes
    plain = f"{_number(text):f}"
    before, _, after = plain.lstrip("-").partition(".")
    if len(after.rstrip("0")) > scale:
        raise ValueError(f"'{text}' has more decimals than the {scale} of {kind}")
    if len(before.lstrip("0")) > precision - scale:
        raise ValueError(f"'{text}' is too large for {kind}")
    return plain


def _text(text: str, kind: SqlType) -> str:
    size = len(text.encode())
    if size > kind.sizes[0]:
        raise ValueError(f"'{text[:40]}' has {size} bytes, {kind} holds {kind.sizes[0]}")
    if kind.base == "char" and not text.isascii():
        raise ValueError(f"'{text[:40]}' is not ASCII, as char requires")
    return text


def _varbyte(text: str, kind: SqlType) -> str:
    if not _HEX.fullmatch(text):
        raise ValueError(f"'{text[:40]}' is not hexadecimal; write 616263 for the bytes of abc")
    if len(text) > 2 * kind.sizes[0]:
        raise ValueError(f"'{text[:40]}' has {len(text) // 2} bytes, {kind} holds {kind.sizes[0]}")
    return text.lower()


def _boolean(text: str, _: SqlType) -> str:
    if text.lower() not in _BOOLEANS:
        raise ValueError(f"'{text}' is not true or false")
    return _BOOLEANS[text.lower()]


def _moment(text: str, kind: SqlType) -> str:
    try:
        found = _MOMENTS.get(kind.base, dt.datetime.fromisoformat)(text)
    except ValueError:
        raise ValueError(f"'{text}' is not of type {kind}; write {_EXAMPLES[kind.base]}") from None
    if isinstance(found, dt.datetime | dt.time):
        if kind.base.endswith("tz"):
            return str(found if found.tzinfo else found.replace(tzinfo=dt.UTC))
        if found.tzinfo is not None:
            raise ValueError(f"'{text}' has a time zone, a {kind} has none")
    return str(found)


_MOMENTS: dict[str, Callable[[str], dt.date | dt.time]] = {
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timetz": dt.time.fromisoformat,
}
_EXAMPLES = {
    "date": "2026-11-28",
    "time": "03:00:00",
    "timetz": "03:00:00+00:00",
    "timestamp": "2026-11-28 03:00:00",
    "timestamptz": "2026-11-28 03:00:00+00:00",
}
_READ: dict[str, Callable[[str, SqlType], str]] = {
    **dict.fromkeys(_INTEGERS, _integer),
    **dict.fromkeys(FLOATS, lambda text, _: str(_number(text))),
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(_EXAMPLES, _moment),
    "numeric": _numeric,
    "boolean": _boolean,
    "varbyte": _varbyte,
}


_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r?\n|\Z)')


def read_csv(text: str) -> Iterator[dict[str, str | None]]:
    r"""Yield the rows of CSV by the columns of its first line; ValueError names the problem.

    An empty field is NULL, ``""`` the empty text, as in ``id,note\n1,""``.
    """
    lines: list[list[str | None]] = [[]]
    place, text = 0, text.rstrip("\r\n")
    while True:
        found = _FIELD.match(text, place)
        if found is None:
            where = f"row {len(lines) - 1}" if len(lines) > 1 else "header"
            raise ValueError(f"CSV {where}: a quote is not closed, or not doubled")
        quoted, plain, end = found.groups()
        lines[-1].append(quoted.replace('""', '"') if quoted is not None else plain or None)
        if not end:
            break
        place = found.end()
        if end != ",":
            lines.append([])
    names, *rows = lines
    if len(set(names)) < len(names):
        raise ValueError("CSV header: a column is named twice")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise ValueError(f"CSV row {number}: found {len(row)} values, expected {len(names)}")
        yield dict(zip((name or "" for name in names), row, strict=True))

"""Calls with another syntax in PostgreSQL: only the text between the arguments changes."""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.calls import typed_calls
from redshift_emulator.language.queries.calls.constructors import (
    make_array,
    make_object,
    searching,
    transform_object,
)
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.calls.try_cast import try_cast
from redshift_emulator.language.queries.names import functions
from redshift_emulator.language.queries.names.functions import DATE_PARTS, INTERNAL
from redshift_emulator.language.tokens import Kind, literal, syntax_error
from redshift_emulator.language.type_names import parse_cast, through_type


def _nvl2(site: Site) -> None:
    site.expect(3)
    site.head("(CASE WHEN (")
    site.comma(0, ") IS NOT NULL THEN ")
    site.comma(1, " ELSE ")
    site.tail(" END)")


def _decode(site: Site) -> None:
    count = len(site.call.arguments)
    if count < 3:
        site.expect(3)
    operand = site.argument(0)
    site.head("(CASE WHEN (")
    site.comma(0, ") IS NOT DISTINCT FROM (")
    for number in range(1, count - 1):
        if number % 2:
            site.comma(number, ") THEN ")
        elif number == count - 2:
            site.comma(number, " ELSE ")
        else:
            site.comma(number, f" WHEN ({operand}) IS NOT DISTINCT FROM (")
    site.tail(" END)")


def _concat(site: Site) -> None:
    site.expect(2)
    site.head(f"({INTERNAL}.as_text(")
    site.comma(0, f") || {INTERNAL}.as_text(")
    site.tail("))")


def _charindex(site: Site) -> None:
    site.expect(2)
    site.head("position((")
    site.to_text(*site.call.arguments[0])
    site.comma(0, f") IN {INTERNAL}.as_text(")
    site.tail("))")


def _dateadd(site: Site) -> None:
    site.expect(3)
    part = site.date_part()
    if part in {"dow", "doy"}:
        part = "day"
    _replace_part(site, f"{INTERNAL}.dateadd({literal(part)}, (")
    site.comma(1, ")::bigint, ")
    site.type_strings(2)


def _datediff(site: Site) -> None:
    site.expect(3)
    part = site.date_part()
    if part in {"dow", "doy"}:
        part = "day"
    _replace_part(site, f"{INTERNAL}.datediff({literal(part)}, ")
    site.type_strings(1, 2)


def _of_text_part(template: Callable[[Site], None], count: int = 3) -> Callable[[Site], None]:
    """Return the template of a function whose first argument, a date part, is a string."""

    def run(site: Site) -> None:
        site.expect(count)
        if site.statement.tokens[site.call.arguments[0][0]].kind is not Kind.STRING:
            message = f"function {site.call.name}: the date part must be a string"
            raise RedshiftError(message, sqlstate="42883")
        template(site)

    return run


def _date_part(site: Site) -> None:
    site.expect(2)
    _replace_part(site, f"{INTERNAL}.date_part({literal(site.date_part())}, ")
    site.type_strings(1)


def _replace_part(site: Site, head: str) -> None:
    """Replace name, parenthesis, date part and the comma that follows."""
    tokens = site.statement.tokens
    start, end = tokens[site.call.first].start, tokens[site.call.commas[0]].end
    site.splice.replace(start, end, head)


def _date_trunc(site: Site) -> None:
    """Replace the abbreviations of date parts, some of which PostgreSQL does not have."""
    site.expect(2)
    first, last = site.call.arguments[0]
    site.head(f"{INTERNAL}.date_trunc(")
    if site.is_text(first, last) and site.statement.tokens[first].value.lower() in DATE_PARTS:
        site.replace_argument(0, literal(site.date_part()))
    site.type_strings(1)


def _date_part_year(site: Site) -> None:
    site.expect(1)
    site.head("date_part('year', ")


def _extract(site: Site) -> None:
    site.expect(1)
    tokens, opening = site.statement.tokens, site.call.opening
    part = tokens[opening + 1].value.lower()
    if not tokens[opening + 2].is_word("from"):
        raise syntax_error(tokens[opening + 2].value)
    if part not in DATE_PARTS:
        raise RedshiftError(f'Invalid date part: "{part}"', sqlstate="22023")
    start, end = tokens[site.call.first].start, tokens[opening + 2].end
    site.splice.drop(tokens[opening + 1].start, tokens[opening + 1].end)
    site.splice.replace(start, end, f"{INTERNAL}.extract_part({literal(DATE_PARTS[part])},")
    if tokens[opening + 3].kind is Kind.STRING and site.call.closing == opening + 4:
        site.splice.insert(tokens[opening + 3].end, "::timestamp")


def _convert(site: Site) -> None:
    """Convert CONVERT(type, value) to CAST(value AS type)."""
    site.expect(2)
    first, last = site.call.arguments[0]
    parser = Parser(site.statement, first)
    target = parse_cast(parser)
    if parser.position != last:
        raise parser.fail()
    tokens = site.statement.tokens
    comma = tokens[site.call.commas[0]]
    operand = tokens[site.call.closing - 1]
    through = through_type(target, operand, cuts=site.cuts)
    site.splice.replace(tokens[site.call.first].start, comma.end, "CAST(")
    site.tail(f" AS {through})::{target}" if through else f" AS {target})")


def _listagg(site: Site) -> None:
    site.expect(1, 2)
    tokens, call = site.statement.tokens, site.call
    first, last = call.arguments[0]
    if tokens[first].is_word("distinct"):
        _listagg_distinct(site)
        return
    site.head(f"{INTERNAL}.listagg(string_agg(")
    site.splice.insert(tokens[first].start, "(")
    site.splice.insert(tokens[last - 1].end, ")::varchar")
    if not call.commas:
        site.splice.insert(tokens[call.closing].start, ", ''")
    if _follows(site, "within", "group"):
        opening = call.closing + 3
        site.splice.replace(tokens[call.closing].start, tokens[opening].end, " ")
        closing = site.shape.pairs[opening]
        _refuse_window(site, closing)
        site.splice.insert(tokens[closing].end, ")")
    elif _follows(site, "over"):
        window = site.shape.pairs.get(call.closing + 2, call.closing + 2)
        site.splice.insert(tokens[window].end, ")")
    else:
        site.tail("))")


def _listagg_distinct(site: Site) -> None:
    """Aggregate the values in an array: PostgreSQL joins only texts, and orders what it joins."""
    tokens, call = site.statement.tokens, site.call
    separator = site.argument(1) if call.commas else "''"
    site.head(f"{INTERNAL}.listagg({INTERNAL}.joined(array_agg(")
    start, after = tokens[call.arguments[0][1]].start, call.closing
    if _follows(site, "within", "group"):
        after = site.shape.pairs[call.closing + 3]
        _refuse_window(site, after)
        site.splice.drop(start, tokens[call.closing + 3].end)
        site.splice.replace(start, tokens[call.closing + 3].end, " ")
    elif _follows(site, "over"):
        raise NotSupportedError("LISTAGG(DISTINCT) OVER: not supported by the emulator")
    else:
        site.splice.drop(start, tokens[after].end)
        site.splice.replace(start, tokens[after].end, ")")
    site.splice.insert(tokens[after].end, f", {separator}))")


def _texts_between(*words: str) -> Callable[[Site], None]:
    """Return the template of a function whose words divide its argument into texts."""

    def run(site: Site) -> None:
        tokens = site.statement.tokens
        for first, last in site.call.arguments:
            start = position = first
            while position <= last:
                if position == last or tokens[position].is_word(*words):
                    site.to_text(start, position)
                    start = position + 1
                position = site.shape.pairs.get(position, position) + 1

    return run


def _follows(site: Site, *words: str) -> bool:
    after = site.statement.tokens[site.call.closing + 1 :]
    return len(after) > len(words) and all(
        token.is_word(word) for token, word in zip(after, words, strict=False)
    )


def _refuse_window(site: Site, closing: int) -> None:
    tokens = site.statement.tokens
    if closing + 1 < len(tokens) and tokens[closing + 1].is_word("over"):
        raise NotSupportedError("LISTAGG as a window function: not supported by the emulator")


def _avg(site: Site) -> None:
    """Add the sum, which has the scale of the average."""
    site.expect(1)
    tokens, call = site.statement.tokens, site.call
    value, window = site.argument(0), ""
    end = call.closing
    if _follows(site, "over"):
        end = site.shape.pairs.get(call.closing + 2, call.closing + 2)
        window = site.splice.apply(tokens[call.closing].end, tokens[end].end).text
    site.head(f"{INTERNAL}.avg({INTERNAL}.avg(")
    site.splice.insert(tokens[end].end, f", pg_catalog.sum({value}){window})")


def _ratio_to_report(site: Site) -> None:
    site.expect(1)
    tokens, call = site.statement.tokens, site.call
    if not _follows(site, "over"):
        raise RedshiftError("RATIO_TO_REPORT needs an OVER clause", sqlstate="42601")
    value = site.argument(0)
    site.head("((")
    site.tail(f")::double precision / NULLIF(SUM({value})")
    window = site.shape.pairs[call.closing + 2]
    site.splice.insert(tokens[window].end, "::double precision, 0))")


TEMPLATES: dict[str, Callable[[Site], None]] = {
    "array": make_array,
    **{name: searching(name) for name in ("array_contains", "array_position", "array_positions")},
    "avg": _avg,
    "charindex": _charindex,
    "collate": typed_calls.collate,
    "concat": _concat,
    "convert": _convert,
    "try_cast": try_cast,
    "crc32": typed_calls.of_width("crc32", 8),
    "date_part": _date_part,
    "datepart": _date_part,
    "date_trunc": _date_trunc,
    "date_part_year": _date_part_year,
    "date_add": _of_text_part(_dateadd),
    "date_diff": _of_text_part(_datediff),
    "dateadd": _dateadd,
    "datediff": _datediff,
    "decode": _decode,
    "extract": _extract,
    **dict.fromkeys(("func_sha1", "sha", "sha1"), typed_calls.of_width("sha1", 40)),
    "listagg": _listagg,
    "nvl2": _nvl2,
    "object": make_object,
    "object_transform": transform_object,
    "pgdate_part": _of_text_part(_date_part, count=2),
    "pg_timezone_abbrevs": typed_calls.rows_of_catalog,
    "pg_timezone_names": typed_calls.rows_of_catalog,
    "position": _texts_between("in"),
    "ratio_to_report": _ratio_to_report,
    "regexp_count": typed_calls.regexp(3),
    "regexp_instr": typed_calls.regexp(5),
    "regexp_replace": typed_calls.regexp(4),
    "regexp_substr": typed_calls.regexp(4),
    "slice_num": typed_calls.slice_num,
    "soundex": typed_calls.of_width("soundex", 4),
    "text_to_numeric_alt": typed_calls.text_to_numeric,
    "trim": _texts_between("both", "leading", "trailing", "from"),
}


def is_built_in(name: str) -> bool:
    """Return whether Redshift has a function of this name that the emulator supports."""
    return (
        name in TEMPLATES
        or name in functions.RENAMED
        or name in functions.SESSION
        or name in functions.OWN | functions.SAME
        or name in functions.LEADER_OWN | functions.LEADER_SAME
    )

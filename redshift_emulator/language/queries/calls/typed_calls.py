"""Calls whose constants, or whose query, determine the result or its type."""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import Kind

_ON_THE_LEADER_NODE = "10000"
_CASE_SENSITIVE = ("case_sensitive", "cs")
_CASE_INSENSITIVE = ("case_insensitive", "ci")
_MOST_DIGITS, _MOST_DECIMALS = 38, 37


def of_width(name: str, width: int) -> Callable[[Site], None]:
    """Return the template of a function of one argument whose texts are that long."""

    def run(site: Site) -> None:
        site.expect(1)
        site.head(f"{INTERNAL}.{name}(")
        site.tail(f")::varchar({width})")

    return run


def regexp(place: int) -> Callable[[Site], None]:
    """Return the template of a function whose argument at a place may ask for Perl's dialect."""

    def run(site: Site) -> None:
        tokens, arguments = site.statement.tokens, site.call.arguments
        given = tokens[arguments[place][0]] if len(arguments) > place else None
        site.head(f"{INTERNAL}.{site.call.name}(")
        if given is not None and given.kind is Kind.STRING and "p" in given.value:
            site.tail(", true)")

    return run


def collate(site: Site) -> None:
    """Remove COLLATE(text, 'case_sensitive'), which is the collation of every text.

    https://docs.aws.amazon.com/redshift/latest/dg/r_COLLATE.html
    """
    site.expect(2)
    collation = site.statement.tokens[site.call.arguments[1][0]]
    name = collation.value.lower() if collation.kind is Kind.STRING else ""
    if name not in _CASE_SENSITIVE:
        insensitive = name in _CASE_INSENSITIVE
        what = "with case_insensitive" if insensitive else "with another collation"
        raise NotSupportedError(f"COLLATE {what}: not supported by the emulator")
    site.splice.drop(collation.start, collation.end)
    site.head("(")
    start = site.statement.tokens[site.call.commas[0]].start
    end = site.statement.tokens[site.call.closing].end
    site.splice.replace(start, end, ")")


def slice_num(site: Site) -> None:
    """Return the number of the leader node; the slices of rows are not known.

    https://docs.aws.amazon.com/redshift/latest/dg/r_SLICE_NUM.html
    """
    site.expect(0)
    if any(token.is_word("from") for token in site.statement.tokens):
        message = "SLICE_NUM of the rows of a table: not supported by the emulator"
        raise NotSupportedError(message)
    site.head(f"({_ON_THE_LEADER_NODE}")


def rows_of_catalog(site: Site) -> None:
    """Convert PG_TIMEZONE_NAMES() of a select list, whose rows are texts there."""
    site.expect(0)
    if not site.statement.tokens[site.call.first - 1].is_word("select"):
        message = f"{site.call.name.upper()} but as the first item of a select list"
        raise NotSupportedError(f"{message}: not supported by the emulator")
    site.head(f"{INTERNAL}.{site.call.name}(")


def text_to_numeric(site: Site) -> None:
    """Give TEXT_TO_NUMERIC_ALT(text [, precision, scale]) its type.

    https://docs.aws.amazon.com/redshift/latest/dg/r_TEXT_TO_NUMERIC_ALT.html
    """
    site.expect(1, 2, 3, 4)
    tokens, call = site.statement.tokens, site.call
    precision, scale = _MOST_DIGITS, 0
    if call.commas:
        start = tokens[call.commas[0]].start
        precision, scale = _precision_and_scale(site)
        site.splice.replace(start, tokens[call.closing].start, "")
    site.head(f"{INTERNAL}.text_to_numeric_alt(")
    site.tail(f", {scale})::numeric({precision}, {scale})")


def _precision_and_scale(site: Site) -> tuple[int, int]:
    tokens, (_, *given) = site.statement.tokens, site.call.arguments
    numbers = [tokens[first] for first, last in given if last == first + 1]
    if len(given) != 2 or any(token.kind is not Kind.NUMBER for token in numbers):
        message = "TEXT_TO_NUMERIC_ALT with a format: not supported by the emulator"
        raise NotSupportedError(message)
    texts = [token.value for token in numbers]
    if len(texts) != 2 or not all(text.isdigit() for text in texts):
        raise RedshiftError("TEXT_TO_NUMERIC_ALT takes constants", sqlstate="22023")
    precision, scale = map(int, texts)
    if not (0 < precision <= _MOST_DIGITS and scale <= min(precision, _MOST_DECIMALS)):
        raise RedshiftError("TEXT_TO_NUMERIC_ALT: invalid precision or scale", sqlstate="22023")
    return precision, scale

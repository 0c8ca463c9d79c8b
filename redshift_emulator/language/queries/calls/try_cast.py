"""TRY_CAST, which is NULL where a cast fails.

https://docs.aws.amazon.com/redshift/latest/dg/r_TRY_CAST.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import literal
from redshift_emulator.language.type_names import parse_cast, through_type

_TYPES = frozenset(
    ("boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision",
     "varchar", "bpchar", "date", "time", "timetz", "timestamp", "timestamptz")
)  # fmt: skip


def try_cast(site: Site) -> None:
    """Convert TRY_CAST(value AS type) to a function that knows the type and the cast."""
    site.expect(1)
    first, last = site.call.arguments[0]
    tokens = site.statement.tokens
    place = next((at for at in range(last - 1, first, -1) if tokens[at].is_word("as")), last)
    parser = Parser(site.statement, place + 1)
    target = parse_cast(parser)
    if parser.position != last:
        raise parser.fail()
    kind = target.partition("(")[0]
    if kind not in _TYPES:
        raise NotSupportedError(f"TRY_CAST to {kind}: not supported by the emulator")
    through = through_type(target, tokens[place - 1], cuts=site.cuts)
    cast = f"{through}::{target}" if through else target
    site.head(f"{INTERNAL}.try_cast(")
    site.splice.replace(
        tokens[place].start, tokens[last - 1].end, f", NULL::{kind}, {literal(cast)}"
    )
    site.tail(f")::{target}")

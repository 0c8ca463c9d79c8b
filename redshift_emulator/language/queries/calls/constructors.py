"""ARRAY and OBJECT, which make SUPER values.

https://docs.aws.amazon.com/redshift/latest/dg/r_array.html
"""

from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.names.functions import INTERNAL


def make_array(site: Site) -> None:
    """Convert ARRAY(value, ...), which makes a SUPER; ARRAY(SELECT ...) is PostgreSQL's."""
    if site.statement.tokens[site.call.opening + 1].is_word("select"):
        return
    site.head(f'{INTERNAL}."array"(')
    for number in range(len(site.call.arguments)):
        site.enclose(number, f"{INTERNAL}.to_super(", ")")


def make_object(site: Site) -> None:
    """Convert OBJECT(key, value, ...) to OBJECT(attribute(key, value), ...)."""
    count = len(site.call.arguments)
    if count % 2:
        site.expect(count + 1)
    site.head(f"{INTERNAL}.object(")
    for number in range(0, count, 2):
        site.enclose(number, f"{INTERNAL}.attribute(", "")
        site.enclose(number + 1, f"{INTERNAL}.to_super(", "))")

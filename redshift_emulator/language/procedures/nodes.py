"""The statements of PL/pgSQL that the emulator runs.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from dataclasses import dataclass

from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.types import RedshiftType


@dataclass(frozen=True, slots=True)
class Assign:
    """``name := expression``."""

    name: str
    value: Statement


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with their statements, and the statements of ELSE."""

    branches: tuple[tuple[Statement, "Body"], ...]
    otherwise: "Body"


@dataclass(frozen=True, slots=True)
class While:
    """WHILE; without a condition, LOOP."""

    condition: Statement | None
    body: "Body"


@dataclass(frozen=True, slots=True)
class ForRange:
    """``FOR name IN [REVERSE] first .. last``."""

    name: str
    first: Statement
    last: Statement
    reverse: bool
    body: "Body"


@dataclass(frozen=True, slots=True)
class ForQuery:
    """``FOR targets IN query``, or ``IN EXECUTE text``."""

    targets: tuple[str, ...]
    query: Statement
    dynamic: bool
    body: "Body"


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT and CONTINUE, with their WHEN."""

    continues: bool
    condition: Statement | None


@dataclass(frozen=True, slots=True)
class Raise:
    """RAISE level 'format', values."""

    level: str
    text: str
    values: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or an expression that yields one (EXECUTE), and the targets of INTO."""

    statement: Statement
    targets: tuple[str, ...]
    dynamic: bool


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN."""


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """``GET DIAGNOSTICS name := ROW_COUNT``."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable; ``type`` None is RECORD."""

    name: str
    type: RedshiftType | None
    constant: bool
    not_null: bool
    value: Statement | None


@dataclass(frozen=True, slots=True)
class Alias:
    """``name ALIAS FOR $n``."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its declarations."""

    variables: tuple[Variable | Alias, ...]
    body: "Body"


Node = (
    Assign | If | While | ForRange | ForQuery | Leave | Raise | Sql | Return | Diagnostics | Block
)
Body = tuple[Node, ...]

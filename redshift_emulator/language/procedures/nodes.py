"""The statements of PL/pgSQL that the emulator runs.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from dataclasses import dataclass

from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.types import RedshiftType

REFCURSOR = RedshiftType("refcursor")
"""The type of cursors, whose value is the name of an open one."""


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
class Case:
    """CASE: values of each WHEN with its statements, and those of ELSE, None without it.

    Without a ``subject`` each WHEN has one condition.
    """

    subject: Statement | None
    branches: tuple[tuple[tuple[Statement, ...], "Body"], ...]
    otherwise: "Body | None"


@dataclass(frozen=True, slots=True)
class While:
    """WHILE; without a condition, LOOP."""

    condition: Statement | None
    body: "Body"
    label: str


@dataclass(frozen=True, slots=True)
class ForRange:
    """``FOR name IN [REVERSE] first .. last``."""

    name: str
    first: Statement
    last: Statement
    reverse: bool
    body: "Body"
    label: str


@dataclass(frozen=True, slots=True)
class ForQuery:
    """``FOR targets IN query``, or ``IN EXECUTE text``."""

    targets: tuple[str, ...]
    query: Statement
    dynamic: bool
    body: "Body"
    label: str


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT and CONTINUE, with their label, ``""`` for the innermost loop, and their WHEN."""

    continues: bool
    label: str
    condition: Statement | None


@dataclass(frozen=True, slots=True)
class Raise:
    """RAISE level 'format', values; without a level, RAISE of the error that is handled."""

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
class StartTransaction:
    """START TRANSACTION."""


@dataclass(frozen=True, slots=True)
class Open:
    """OPEN of a cursor; ``query`` None opens the query that it was declared with."""

    name: str
    query: Statement | None
    dynamic: bool
    values: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """``FETCH name INTO targets``."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """CLOSE of a cursor."""

    name: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """``name CURSOR [(argument type, ...)] FOR query``."""

    name: str
    arguments: tuple[tuple[str, RedshiftType], ...]
    query: Statement


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
class Handler:
    """EXCEPTION WHEN OTHERS; ``continues``: with the statement after the one that failed."""

    continues: bool
    body: "Body"


Declared = Variable | Alias | Cursor


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its declarations and its handler of errors."""

    variables: tuple[Declared, ...]
    body: "Body"
    handler: Handler | None
    label: str


Loop = While | ForRange | ForQuery
CursorNode = Open | Fetch | Close
Simple = Assign | Leave | Raise | Sql | Return | Diagnostics | StartTransaction
Node = Simple | If | Case | Loop | CursorNode | Block
Body = tuple[Node, ...]

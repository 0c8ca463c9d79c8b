"""Errors as Redshift reports them."""

UNKNOWN_SCALE = "the scale of this quotient: not supported by the emulator"
UNKNOWN_SCALE_HINT = "Cast both operands of / to DECIMAL(precision, scale)."


class RedshiftError(Exception):
    """An error for the client: usually SQLSTATE XX000, with a DETAIL block if it has a code.

    ``code`` is Redshift's error number (8001, 1023, ...), which the DETAIL block shows; it is not
    the SQLSTATE. ``detail`` replaces the block by plain text.
    """

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str = "XX000",
        code: int | None = None,
        context: str = "",
        hint: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.code = code
        self.context = context
        self.hint = hint
        self.detail = detail
        self.position = 0  # in the client's text, starting at 1; 0 means unknown


class NotSupportedError(RedshiftError):
    """A feature that Redshift or the emulator does not support; the message states which."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, sqlstate="0A000", hint=hint)


class NewerRelationError(RedshiftError):
    """A relation that was created after the transaction's snapshot, error 1018."""

    def __init__(self, name: str) -> None:
        super().__init__("1018", detail=f"Relation does not exist. ({name})")


def decoded(text: bytes) -> str:
    """Decode text of a client, which must be UTF-8."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        found = " ".join(f"0x{byte:02x}" for byte in text[error.start : error.end])
        message = f'invalid byte sequence for encoding "UTF8": {found}'
        raise RedshiftError(message, sqlstate="22021") from None

"""Errors in the shape Redshift gives them."""

from __future__ import annotations


class RedshiftError(Exception):
    """An error for the client: nearly always SQLSTATE XX000, with a DETAIL block if it has a code.

    ``code`` is Redshift's own number (8001, 1023, ...), shown inside the DETAIL block, not the
    SQLSTATE. ``detail`` replaces the block by plain text.
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
        self.position = 0  # in the client's text, counted from 1; 0 is unknown


class NotSupportedError(RedshiftError):
    """Redshift, or this stand-in, does not support it; the message says which of the two."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, sqlstate="0A000", hint=hint)

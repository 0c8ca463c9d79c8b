"""The error of the local stack."""


class LocalStackError(Exception):
    """The local stack cannot start, run or stop; the message contains the next step."""

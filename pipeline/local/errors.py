"""The one error of the local stack: what does not work and what to do about it."""


class LocalStackError(Exception):
    """Something of the local stack cannot start, run or stop; the message says what to do."""

"""Redshift's message about bytes that are no characters of UTF-8.

https://docs.aws.amazon.com/redshift/latest/dg/multi-byte-character-load-errors.html
"""

TOO_LONG, OPEN_SEQUENCE, BAD_START, BAD_CONTINUATION, SURROGATE = 1, 2, 3, 4, 5


def invalid_utf8(sequence: bytes) -> str:
    """Return the message about a sequence that is no character."""
    return (
        "String contains invalid or unsupported UTF8 codepoints. "
        f"Bad UTF8 hex sequence: {sequence.hex(' ')} (error {_utf8_error(sequence)})"
    )


def expected_length(first: int) -> int:
    """Return the length of a sequence by its first byte."""
    if first >= 0xF0:
        return 4
    if first >= 0xE0:
        return 3
    return 2 if first >= 0xC0 else 1


def _utf8_error(sequence: bytes) -> int:
    first = sequence[0]
    if first >= 0xFE or first < 0xC0:
        return BAD_START
    if first >= 0xF8:
        return TOO_LONG
    if len(sequence) < expected_length(first):
        return OPEN_SEQUENCE
    if any(byte & 0xC0 != 0x80 for byte in sequence[1:]):
        return BAD_CONTINUATION
    return SURROGATE if first == 0xED else TOO_LONG

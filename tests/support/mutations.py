"""Statements and protocol messages with random mistakes."""

import random
import re
import struct
from collections.abc import Sequence

TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|::|<=|>=|<>|\|\||.", re.DOTALL)

ODD = TOKEN.findall(
    "t,NULL'1'()*.$1%\\--/*$$0-1.5'\\ä[]{};\":@#?$a$ e'select from with as order group by all"
    " pivot exclude 99999999999999999999999999999999999999999 1e400"
)
"""What stands in a statement after a mistake."""

KINDS = (b"Q", b"P", b"B", b"D", b"E", b"C", b"H", b"F", b"d", b"c", b"f", b"p", b"?")
"""Messages of a client, and one that does not exist."""


def mutated(statements: Sequence[str], chance: random.Random) -> str:
    """Return one of the statements with up to five tokens omitted, doubled, moved or replaced."""
    tokens = TOKEN.findall(chance.choice(statements))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        here, there = (chance.randrange(len(tokens) + 1) for _ in range(2))
        first, last = min(here, there), min(max(here, there), here + 8)
        other = chance.choice([*TOKEN.findall(chance.choice(statements)), *ODD])
        match chance.randrange(6):
            case 0:
                del tokens[here : here + 1]
            case 1:
                tokens[here : here + 1] = [f" {other} "]
            case 2:
                tokens.insert(here, f" {other} ")
            case 3:
                tokens[here:here] = tokens[first:last]
            case 4:
                tokens = tokens[:here]
            case _:
                tokens = tokens[here:]
    return "".join(tokens).replace("\0", "")


def messages(statements: Sequence[str], chance: random.Random) -> bytes:
    """Return up to six messages of a client with mistakes in their bytes."""
    return b"".join(_message(statements, chance) for _ in range(chance.randrange(1, 7)))


def _message(statements: Sequence[str], chance: random.Random) -> bytes:
    text, name = mutated(statements, chance).encode(), chance.choice((b"", b"a"))
    bodies = {
        b"Q": text + b"\0",
        b"P": name + b"\0" + text + b"\0\0\1\0\0\0\x17",
        b"B": name + b"\0a\0\0\1\0\0\0\1\0\0\0\0011\0\0",
        b"D": chance.choice((b"S", b"P")) + name + b"\0",
        b"E": name + b"\0\0\0\0\2",
        b"C": chance.choice((b"S", b"P")) + name + b"\0",
    }
    kind = chance.choice(KINDS)
    body = bytearray(bodies.get(kind, b""))
    for _ in range(chance.choice((0, 0, 1, 2))):
        place = chance.randrange(len(body) + 1)
        body[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return kind + struct.pack("!i", len(body) + 4) + bytes(body)

"""The client's half of SCRAM-SHA-256, with which the stand-in itself logs in to its PostgreSQL.

https://www.rfc-editor.org/rfc/rfc7677
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

MECHANISM = "SCRAM-SHA-256"
GS2_HEADER = "n,,"


class ScramError(Exception):
    """The server's answers do not prove that it knows the password."""


class ScramClient:
    """One login: ``first`` → ``final`` → ``verify``."""

    def __init__(self, password: str) -> None:
        self._password = password.encode("utf-8")
        self._nonce = secrets.token_urlsafe(18)
        self._server_signature = b""

    def first(self) -> bytes:
        """Build the client-first-message."""
        return f"{GS2_HEADER}{self._first_bare()}".encode("ascii")

    def final(self, server_first: bytes) -> bytes:
        """Answer the server's challenge."""
        challenge = _attributes(server_first)
        if not challenge["r"].startswith(self._nonce):
            raise ScramError("the server answered with a foreign nonce")
        salted = hashlib.pbkdf2_hmac(
            "sha256", self._password, base64.b64decode(challenge["s"]), int(challenge["i"])
        )
        channel = base64.b64encode(GS2_HEADER.encode("ascii")).decode("ascii")
        without_proof = f"c={channel},r={challenge['r']}"
        signed = ",".join((self._first_bare(), server_first.decode("ascii"), without_proof))
        client_key = _hmac(salted, "Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._server_signature = _hmac(_hmac(salted, "Server Key"), signed)
        return f"{without_proof},p={base64.b64encode(proof).decode('ascii')}".encode("ascii")

    def verify(self, server_final: bytes) -> None:
        """Check that the server knows the password too."""
        verifier = base64.b64decode(_attributes(server_final).get("v", ""))
        if not hmac.compare_digest(verifier, self._server_signature):
            raise ScramError("the server's signature is wrong")

    def _first_bare(self) -> str:
        return f"n=,r={self._nonce}"


def _attributes(text: bytes) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.decode("ascii").split(",")}


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("ascii"), "sha256").digest()

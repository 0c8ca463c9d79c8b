"""The program of the local S3 server: ministack behind a check of request signatures.

It reads all its settings from the environment.
"""

import asyncio
import hmac
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

# ASGI's events: https://asgi.readthedocs.io/en/latest/specs/www.html
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/s3/aws4_request, *"
    r"SignedHeaders=(?P<headers>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
KEEP_ALIVE_SECONDS = 75
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
FAULTS = {
    "AccessDenied": "Access Denied",
    "InvalidAccessKeyId": "The access key ID that you provided does not exist in our records.",
    "SignatureDoesNotMatch": "The request signature that the server calculated does not match"
    " the signature that you provided. Check your secret access key.",
}


class SignedOnly:
    """Pass requests with a valid signature to an S3 server, with the body in one message."""

    def __init__(self, server: Application, access_key_id: str, secret_access_key: str) -> None:
        self._server = server
        self._credentials = Credentials(access_key_id, secret_access_key)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI event."""
        if scope["type"] == "lifespan":
            await self._server(scope, receive, send)
            return
        fault = self._fault(scope) if scope["type"] == "http" else "AccessDenied"
        if fault:
            await _refuse(fault, send)
            return
        await self._server(scope, await _whole(receive), send)

    def _fault(self, scope: Message) -> str | None:
        headers = {
            name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if not found:
            return "AccessDenied"
        if found["key"] != self._credentials.access_key:
            return "InvalidAccessKeyId"
        signed = {name: headers.get(name, "") for name in found["headers"].split(";")}
        expected = self._signature(scope, signed, headers.get("x-amz-date", ""), found["region"])
        return (
            None if hmac.compare_digest(expected, found["signature"]) else "SignatureDoesNotMatch"
        )

    def _signature(
        self, scope: Message, signed: Mapping[str, str], timestamp: str, region: str
    ) -> str:
        path, query = scope["raw_path"].decode(), scope["query_string"].decode()
        request = AWSRequest(scope["method"], f"http://{signed.get('host', '')}{path}?{query}")
        for name, value in signed.items():
            request.headers[name] = value
        request.context["timestamp"] = timestamp
        signer = S3SigV4Auth(self._credentials, "s3", region)
        return signer.signature(
            signer.string_to_sign(request, signer.canonical_request(request)), request
        )


async def _whole(receive: Receive) -> Receive:
    """Read the whole body, so that the server need not join thousands of chunks."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            message = {"type": "http.request", "body": b"".join(chunks), "more_body": False}
            break
    first = [message]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay


async def _refuse(code: str, send: Send) -> None:
    error = f"<Error><Code>{code}</Code><Message>{FAULTS[code]}</Message></Error>"
    headers = [(b"content-type", b"application/xml"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": error.encode()})


def main() -> None:
    """Serve until SIGTERM."""
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.loglevel = os.environ["LOG_LEVEL"]
    server = SignedOnly(app, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    asyncio.run(serve(server, config))


if __name__ == "__main__":
    main()

"""The server's side of TLS, with the key and the certificate in a folder."""

import ssl
import stat
from pathlib import Path

CERTIFICATE, KEY = "server.crt", "server.key"


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the context of a folder's key and certificate, which the first start makes.

    Raises OSError, of which ``ssl.SSLError`` is one, with the files and what to do.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    try:
        if not certificate.exists():
            # The library takes a tenth of a second to import, and only the first start needs it.
            from redshift_emulator.protocol.certificate import make  # noqa: PLC0415

            make(certificate, key)
        if stat.S_IMODE(key.stat().st_mode) & 0o077:
            raise PermissionError(f"other users can read {key}; run chmod 600")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (OSError, TypeError, ValueError) as error:
        message = (
            f"TLS with {certificate} and {KEY}: {error}. Remove both to have others made, or set"
            ' "tls_folder" in the configuration to a folder that can be written'
        )
        raise OSError(message) from error
    return context


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase")

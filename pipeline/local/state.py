"""The persistent state of the local stack: its passwords, and which samples are loaded."""

import dataclasses
import json
import os
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.local.errors import LocalStackError

PASSWORD_LENGTH = 32
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class State:
    """The secrets of a local stack, and the scale of each sample that is loaded."""

    postgres_password: str = field(repr=False)
    admin_password: str = field(repr=False)
    etl_password: str = field(repr=False)
    upstream_passwords: Mapping[str, str] = field(repr=False)
    access_key_id: str
    secret_access_key: str = field(repr=False)
    samples: Mapping[str, float] = field(default_factory=dict)

    def with_sample(self, name: str, scale: float) -> "State":
        """Return the state with the sample added."""
        return dataclasses.replace(self, samples={**self.samples, name: scale})


def generate_state(upstreams: tuple[str, ...]) -> State:
    """Generate the secrets of a new stack."""
    return State(
        postgres_password=generate_password(),
        admin_password=generate_password(),
        etl_password=generate_password(),
        upstream_passwords={name: generate_password() for name in upstreams},
        # Not a number, which the S3 server would read as the id of another account.
        access_key_id=f"local{secrets.token_hex(8)}",
        secret_access_key=secrets.token_urlsafe(30),
    )


def generate_password() -> str:
    """Return a password with a lowercase letter, an uppercase letter and a digit.

    Redshift requires all three:
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
    """
    while True:
        password = "".join(secrets.choice(LETTERS) for _ in range(PASSWORD_LENGTH))
        kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
        if all(any(letter in kind for letter in password) for kind in kinds):
            return password


def read_state(path: Path) -> State | None:
    """Return the state in the file, or None if the file does not exist."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return State(**document)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise LocalStackError(
            f"{path} cannot be read ({type(error).__name__}); it holds the passwords of the data"
            " beside it. Remove both: python -m pipeline.local destroy"
        ) from None


def write_state(path: Path, state: State) -> None:
    """Replace the file by one that only its owner can read."""
    write_private(path, json.dumps(dataclasses.asdict(state), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, atomically."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

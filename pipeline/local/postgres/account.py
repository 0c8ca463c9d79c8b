"""The account for PostgreSQL, which refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.errors import LocalStackError
from pipeline.local.processes.servers import Identity

ACCOUNT = "nobody"
MAPPED_UID = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """How to run a program without root's rights: a command prefix, or another identity."""

    prefix: tuple[str, ...] = ()
    identity: Identity | None = None

    def own(self, *paths: Path) -> None:
        """Change the owner of the paths to the account."""
        for path in paths:
            if self.identity:
                os.chown(path, self.identity.uid, self.identity.gid)

    def run(self, command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
        """Run a program and return its output."""
        return subprocess.run(
            [*self.prefix, *command],
            cwd=directory,
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            user=self.identity.uid if self.identity else None,
            group=self.identity.gid if self.identity else None,
            extra_groups=[] if self.identity else None,
        )


def plain_environment() -> dict[str, str]:
    """Return the environment for PostgreSQL's programs, without the user's PG* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def unprivileged_account(directory: Path, program: str) -> Account:
    """Return an account without root's rights that runs the program and owns the directory."""
    if os.geteuid() != 0:
        return Account()
    mapped = _mapped_account()
    if mapped and _works(mapped, directory, program):
        return mapped
    other = _other_account()
    if other:
        other.own(directory)
        if _works(other, directory, program):
            return other
    raise LocalStackError(
        "PostgreSQL does not run as root, and this machine offers no other account:"
        " user namespaces (unshare --user --map-user) are not available, and the account"
        f" {ACCOUNT!r} cannot use {directory} and run {program}. Start the stack as an ordinary"
        f" user, or give --home a directory that {ACCOUNT!r} can enter."
    )


def _mapped_account() -> Account | None:
    # In the namespace, the mapped user owns the files of root: no chown is needed.
    unshare = shutil.which("unshare")
    return Account((unshare, "--user", f"--map-user={MAPPED_UID}", "--")) if unshare else None


def _other_account() -> Account | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return Account(identity=Identity(entry.pw_uid, entry.pw_gid))


def _works(account: Account, directory: Path, program: str) -> bool:
    """Return whether the account runs the program and owns the directory."""
    # `test -O` checks the owner as PostgreSQL does.
    script = 'test -O "$1" && test -w "$1" && exec "$2" --version'
    try:
        answer = account.run(["sh", "-c", script, "sh", str(directory), program], directory)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0

"""PostgreSQL refuses to run as root: find the way of not being root that works on this machine."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.errors import LocalStackError
from pipeline.local.processes import Identity

ACCOUNT = "nobody"
MAPPED_UID = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """How to run a program without being root: words before its command, or another identity."""

    prefix: tuple[str, ...] = ()
    identity: Identity | None = None

    def own(self, *paths: Path) -> None:
        """Give the paths to the account."""
        for path in paths:
            if self.identity:
                os.chown(path, self.identity.uid, self.identity.gid)

    def run(self, command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return its output."""
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
    """Return an environment for PostgreSQL's programs without the user's PG* settings."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def unprivileged_account(directory: Path, program: str) -> Account:
    """Return a way in which the program runs without root's rights and owns the directory."""
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
        "PostgreSQL does not run as root, and no way of giving up root's rights works here:"
        " user namespaces (unshare --user --map-user) are not available, and the account"
        f" {ACCOUNT!r} cannot use {directory} and run {program}. Start the stack as an ordinary"
        f" user, or give --home a directory that {ACCOUNT!r} can enter."
    )


def _mapped_account() -> Account | None:
    # In the namespace the files of root appear as the mapped user's own: nothing is to be chowned.
    unshare = shutil.which("unshare")
    return Account((unshare, "--user", f"--map-user={MAPPED_UID}", "--")) if unshare else None


def _other_account() -> Account | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return Account(identity=Identity(entry.pw_uid, entry.pw_gid))


def _works(account: Account, directory: Path, program: str) -> bool:
    """Tell whether the program runs and the directory is the account's own."""
    # `test -O` is true if the file belongs to who asks: the very check that PostgreSQL makes.
    script = 'test -O "$1" && test -w "$1" && exec "$2" --version'
    try:
        answer = account.run(["sh", "-c", script, "sh", str(directory), program], directory)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0

"""Replace this process by a server: under another account, or bound to the life of its parent.

A separate program that imports only the standard library:

    launcher.py SIGNAL PARENT ACCOUNT COMMAND...
    launcher.py 3 4711 65534:65534 /usr/lib/postgresql/16/bin/postgres -D data

SIGNAL is 0 for a server that outlives its parent, ACCOUNT is empty for one that keeps its account.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Change the account, ask for the signal, and execute the command."""
    number, parent, account, *command = sys.argv[1:]
    if account:
        uid, gid = account.split(":")
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if int(number):
        # Only now: a change of account clears the setting, which execve(2) keeps.
        signal_at_parents_death(int(number), int(parent))
    # Python ignores them, and an ignored signal stays ignored by what is executed.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606  (a list of words, and no shell reads it)


def signal_at_parents_death(number: int, parent: int) -> None:
    """Ask the kernel for the signal; macOS has no such call, and the server stays.

    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    if sys.platform != "linux":
        return
    zero = ctypes.c_ulong(0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(number), zero, zero, zero)
    if os.getppid() != parent:
        sys.exit("the process that started this server has ended")


if __name__ == "__main__":
    main()

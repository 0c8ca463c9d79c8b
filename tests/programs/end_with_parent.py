"""Become another command, which the kernel terminates when the process that started it dies.

``end_with_parent.py PARENT COMMAND...``, with the pid of that process. The command gets SIGTERM,
so that it can end processes of its own. Elsewhere than on Linux it is only executed.
https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(sys.argv[1]):
            sys.exit("the test run has ended")
    # Python ignores them, and an ignored signal stays ignored by what is executed.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[2], sys.argv[2:])

"""Run a command that cannot outlive the process that started it.

Called by path, `python -IS leash.py PARENT_PID COMMAND...`, never imported: it asks the kernel for
SIGKILL on the parent's death (PR_SET_PDEATHSIG survives exec) and then becomes the command. A
launcher rather than `preexec_fn`: running Python in a fork of a process with threads is unsafe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the call above
            os._exit(1)
    os.execvp(command[0], command)  # noqa: S606 - a list, no shell, from our own code


if __name__ == "__main__":
    main()

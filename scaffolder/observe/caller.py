"""In a driver: it ends with the tool that waits for it. Standard library only; placed beside it."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_the_caller() -> None:
    """SIGTERM to this process as soon as nobody holds the other end of its input any more.

    A copy of the input is read: pytest puts another file in its place while tests run, and a read
    that a signal interrupts begins again with what is there then.
    """
    threading.Thread(target=_wait, args=(os.dup(0),), daemon=True).start()


def _wait(held: int) -> None:
    while os.read(held, 1):  # not sys.stdin: its lock is held while the interpreter ends
        pass
    sys.stderr.write("nobody waits for this driver any more\n")
    os.kill(os.getpid(), signal.SIGTERM)

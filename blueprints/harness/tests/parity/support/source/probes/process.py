"""What every probe does around its work: input, import path, alarm, report, end.

Standard input: a JSON object with `directory` and `source` (absolute folders), `packages`,
`exclude` (module names), `django_settings` (or null), `seconds`. Standard output: one JSON document.
Probes load this file by path (`runpy`), so that no name of ours can hide one of the application.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:  # the application's Python may be 3.8
    Document = dict[str, Any]


class TookTooLong(BaseException):
    """Not an Exception: the application must not catch it."""


class Caught:
    """Keeps whatever an import raises: the code is not ours, and SystemExit is usual in scripts."""

    error: BaseException | None = None

    def __enter__(self) -> Caught:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.error = error
        return not isinstance(error, (TookTooLong, KeyboardInterrupt))


def run(work: Callable[[Document, Document], None]) -> NoReturn:
    """Give `work` the input and a document to fill, print the document, end without clean-up.

    Imports may print, and may start threads and register exit handlers that keep a process alive.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    wanted = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    found: Document = {"failures": [], "current": None}
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(wanted["seconds"])
    try:
        if _prepare(wanted, found):
            work(wanted, found)
    except TookTooLong as error:
        failure = describe(found["current"], error, wanted["source"])
        failure["message"] = f"the import did not finish within {wanted['seconds']} s"
        found["failures"].append(failure)
    signal.alarm(0)
    out.write(json.dumps(found))
    out.flush()
    os._exit(0)


def describe(name: str, error: BaseException, source: str) -> Document:
    """The failure of a module, the missing module behind it, the innermost place in the source."""
    missing: str | None = None
    cause: BaseException | None = error
    while cause is not None and missing is None:
        missing = cause.name if isinstance(cause, ModuleNotFoundError) else None
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    at, culprit = None, None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if belongs(frame.f_code.co_filename, source):
            at = f"{os.path.relpath(frame.f_code.co_filename, source)}:{line}"
            culprit = frame.f_globals.get("__name__")
    if isinstance(error, SyntaxError) and error.filename:
        at = f"{os.path.relpath(error.filename, source)}:{error.lineno}"
    what = {"module": name, "type": type(error).__name__, "message": str(error)}
    return {**what, "missing": missing, "at": at, "culprit": culprit}


def belongs(file: str, source: str) -> bool:
    """Whether a file is the application's own; its environment may lie in the same folder."""
    real = os.path.realpath(file)
    inside = real.startswith(os.path.realpath(source) + os.sep)
    return inside and not real.startswith(os.path.realpath(sys.prefix) + os.sep)


def _prepare(wanted: Document, found: Document) -> bool:
    """The import path of a process that starts in the application's directory; Django's set-up."""
    sys.path[0:1] = list(dict.fromkeys([wanted["source"], wanted["directory"]]))
    os.chdir(wanted["directory"])
    if not wanted["django_settings"]:
        return True
    os.environ["DJANGO_SETTINGS_MODULE"] = found["current"] = wanted["django_settings"]
    with Caught() as caught:
        importlib.import_module("django").setup()
    if caught.error is not None:
        failure = describe(wanted["django_settings"], caught.error, wanted["source"])
        found["failures"].append(failure)
    return caught.error is None


def _late(number: int, frame: FrameType | None) -> None:
    raise TookTooLong

"""Runs inside the application's processes: brings a fault of the process, notes what is asked for.

Loaded by sitecustomize.py. Standard library only, for any Python since 3.8. PARITY_PROBE is a JSON
object: `notes` (the file that lines of JSON are appended to), `own` (the application's folder),
`packages` (import names of its own), `watch` (names of WATCHERS), and what these need:
`imports` (names that are watched) and `hide` (names that are not there, with `distribution`),
`variables` (name -> the value that production gives it), `home` (the folder that HOME names).
"""

from __future__ import annotations

import errno
import importlib.machinery
import json
import locale
import os
import sys
import time
from importlib import import_module
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
JOB: Any = json.loads(os.environ.get("PARITY_PROBE") or "{}")
BETWEEN = ("_collections_abc.py", "os.py", "tempfile.py", "pathlib.py", "posixpath.py")
OUTSIDE = {"site-packages", "dist-packages", ".parity", ".venv", "venv", "tests", "test"}


def note(kind: str, what: str, **more: Any) -> None:
    """One line, complete even when the process is killed after it."""
    line = {"kind": kind, "what": what, "pid": os.getpid(), **more}
    try:
        handle = os.open(JOB["notes"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError:  # another root, or another user
        return
    os.write(handle, (json.dumps(line) + "\n").encode())
    os.close(handle)


def is_own(name: str, path: str) -> bool:
    """Whether a module is the application's code, wherever it is installed."""
    if name.partition(".")[0] in JOB["packages"]:
        return True
    inside = os.path.relpath(os.path.abspath(path), JOB["own"]).split(os.sep)
    is_test = inside[-1].startswith(("test_", "conftest."))
    return inside[0] != os.pardir and not set(inside) & OUTSIDE and not is_test


def shown(path: str, line: int) -> str:
    """`shop/orders.py:12`"""
    path = os.path.abspath(path)
    for folder in ("site-packages" + os.sep, JOB["own"] + os.sep):
        _, found, after = path.rpartition(folder)
        if found:
            return f"{after}:{line}"
    return f"{os.path.basename(path)}:{line}"


def caller() -> str:
    """Where it was asked: the nearest frame that is neither ours nor the import system's."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        folder, file = os.path.split(name)
        passing = os.path.basename(folder) == "importlib" or file in BETWEEN
        if not passing and not name.startswith(("<", HERE)):
            return shown(name, frame.f_lineno)
        frame = frame.f_back
    return ""


def by_own() -> bool:
    """Whether the application's code asks, itself or through a library."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        name = str(frame.f_globals.get("__name__"))
        if not path.startswith(("<", HERE)) and is_own(name, path):
            return True
        frame = frame.f_back
    return False


# ---- packages


class Finder(importlib.machinery.PathFinder):
    """The import system's own, without the hidden package, and without its metadata."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname in JOB["imports"]:
            hidden = fullname in JOB["hide"]
            note("package", fullname, where=caller(), altered=hidden)
            if hidden:
                return None
        return super().find_spec(fullname, path, target)

    @classmethod
    def find_distributions(cls, *given: Any, **named: Any) -> Any:
        wanted = (JOB.get("distribution") or "").lower().replace("_", "-")
        for found in super().find_distributions(*given, **named):
            name = found.metadata["Name"] or ""
            if not wanted or name.lower().replace("_", "-").replace(".", "-") != wanted:
                yield found


def _watch_packages() -> None:
    for name in JOB["hide"]:
        if name in sys.modules:
            note("late", name)
    found = [one is importlib.machinery.PathFinder for one in sys.meta_path]
    sys.meta_path[found.index(True)] = Finder


# ---- variables


class Name(str):
    """A variable's name as a copy of the environment has it: notes that it is looked up there."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        same = str.__eq__(self, other)
        if same is True:
            note("copied", self.upper(), where=caller())
        return same

    def lower(self) -> str:
        return Name(str.lower(self))

    def casefold(self) -> str:
        return Name(str.casefold(self))


def _item(self: Any, key: Any) -> Any:
    if type(key) is str and key in JOB["variables"]:
        note("variable", key, where=caller(), altered=os.fsencode(key) not in self._data)
    return _REAL.__getitem__(self, key)


def _get(self: Any, key: Any, default: Any = None) -> Any:
    if type(key) is str and key in JOB["variables"] and os.fsencode(key) not in self._data:
        differs = default != JOB["variables"][key]
        note("variable", key, where=caller(), altered=differs, value=_plain(default))
        return default
    return _REAL.get(self, key, default)


def _iterate(self: Any) -> Any:
    for key in _REAL.__iter__(self):
        yield Name(key) if key in JOB["variables"] else key


def _plain(default: Any) -> Any:
    return default if isinstance(default, (str, int, float, type(None))) else type(default).__name__


_REAL: Any = type(os.environ)
VARIABLES: Any = type(
    "_Environ", (_REAL,), {"__getitem__": _item, "get": _get, "__iter__": _iterate}
)
"""The class of os.environ, which notes who asks for the watched ones."""


def _watch_variables() -> None:
    os.environ.__class__ = VARIABLES


# ---- the locale's encoding


class Opened:
    """`open`, which notes a text file that is read or written in the locale's encoding."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __call__(  # as the built-in function
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: Any = None,
        errors: Any = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        if "b" not in mode and encoding in (None, "locale"):
            name = shown(os.fsdecode(file), 0)[:-2] if not isinstance(file, int) else str(file)
            note("text", name, where=caller(), altered=False)
            errors = _noting(errors or "strict", name, caller())
        return self.real(file, mode, buffering, encoding, errors, *more, **named)


def _noting(errors: str, name: str, where: str) -> str:
    """An error handler of the codecs, that does the same as another one and notes it."""
    import codecs

    real = codecs.lookup_error(errors)

    def handler(error: Any) -> Any:
        note("text", name, where=where, altered=True)
        return real(error)

    label = f"parity-{errors}-{name}"
    codecs.register_error(label, handler)
    return label


def _watch_text() -> None:
    opened: Any = Opened(open)
    for module in ("io", "builtins"):
        vars(import_module(module))["open"] = opened
    out: Any = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors=_noting(out.errors, "the standard output", ""))


# ---- folders


def _watch_home() -> None:
    if JOB.get("home"):
        os.environ["HOME"] = JOB["home"]
    folder = os.environ.get("HOME", "") + os.sep

    def hook(event: str, given: Any) -> None:
        if event not in ("open", "os.mkdir") or not isinstance(given[0], (str, bytes)):
            return
        path = os.fsdecode(given[0])
        writes = event == "os.mkdir" or given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if path != JOB["notes"] and (path + os.sep).startswith(folder):
            refused = bool(writes and JOB.get("home"))
            note("home", path, where=caller(), altered=refused and by_own(), value=refused)
            if refused:  # also for root, who could make it
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    sys.addaudithook(hook)


def _watch_temporary() -> None:
    import tempfile

    module: Any = tempfile
    real = module._get_default_tempdir

    def folder() -> Any:
        note("temporary", "tempfile", where=caller(), altered=bool(JOB.get("no_temporary")))
        if JOB.get("no_temporary"):
            raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")
        return real()

    module._get_default_tempdir = folder


def _watch_source() -> None:
    import_module("parity_source").install()


def _sleep_otherwise() -> None:
    """libfaketime refuses the sleep of Python 3.11 and later (clock_nanosleep until an instant)."""
    import select

    vars(time)["sleep"] = lambda seconds: select.select([], [], [], seconds)[0] and None


WATCHERS = {
    "clock": _sleep_otherwise,
    "packages": _watch_packages,
    "variables": _watch_variables,
    "text": _watch_text,
    "home": _watch_home,
    "temporary": _watch_temporary,
    "source": _watch_source,
}


def begin() -> None:
    """In this process, from now on."""
    state = {
        "clock": time.time(),
        "zone": os.environ.get("TZ"),
        "offset": time.localtime().tm_gmtoff,
        "encoding": locale.getpreferredencoding(False).lower(),
        "optimize": sys.flags.optimize,
        "program": os.path.basename(sys.argv[0]) if getattr(sys, "argv", None) else "",
    }
    note("loaded", "", value=state)
    for name in JOB["watch"]:
        WATCHERS[name]()

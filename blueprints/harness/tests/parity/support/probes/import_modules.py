"""Import every module that ships, in one process, and report all failures at once.

Run by the application's interpreter, with the application's variables. Standard input: a JSON
object with `source` and `directory` (absolute), `packages`, `exclude` (module names),
`django_settings` (or null), `seconds`. Standard output: one JSON document.
"""

import importlib
import json
import os
import re
import signal
import sys
import traceback

TESTS = re.compile(r"^(tests?|testing|conftest|test_.*|.*_tests?)$")
FOLDERS_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}
MIGRATIONS = ("migrations", "versions")  # their files are run by the migrations themselves
ALEMBIC = re.compile(r"alembic\.context|'alembic' has no attribute 'context'|proxy object")


class TookTooLong(BaseException):
    """Not an Exception: the application must not catch it."""


def modules(source, packages):
    """Names of the modules that ship, and what is left out: [module, why]."""
    names, left_out = [], []
    for package in packages:
        path = os.path.join(source, *package.split("."))
        if os.path.isdir(path):
            _walk(path, package, names, left_out)
        elif os.path.isfile(path + ".py"):
            names.append(package)
        else:
            left_out.append([package, "missing"])
    return names, left_out


def _walk(folder, package, names, left_out):
    entries = sorted(os.listdir(folder))
    if "__init__.py" in entries:
        names.append(package)
    for entry in entries:
        path = os.path.join(folder, entry)
        stem, extension = os.path.splitext(entry)
        if entry.startswith(".") or entry in FOLDERS_LEFT_OUT or TESTS.match(stem):
            continue
        if os.path.isdir(path):
            if entry.isidentifier():
                _walk(path, package + "." + entry, names, left_out)
        elif extension == ".py" and stem != "__init__":
            name = package + "." + stem
            if stem == "__main__":
                left_out.append([name, "only runs as a program"])
            elif stem.isidentifier():
                names.append(name)
            elif os.path.basename(folder) not in MIGRATIONS:
                left_out.append([name, "its name is no module name"])


def prepare(wanted):
    """The import path of a process that starts in the application's directory; Django's set-up."""
    places = [wanted["source"], wanted["directory"]]
    sys.path[0:1] = list(dict.fromkeys(places))
    os.chdir(wanted["directory"])
    if wanted["django_settings"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = wanted["django_settings"]
        import django

        django.setup()


def attempt(name, source):
    """Import one module: None, or what went wrong."""
    try:
        module = importlib.import_module(name)
    except TookTooLong:
        raise
    except BaseException as error:  # SystemExit too: the module is a script without a guard
        return describe(name, error, source)
    place = getattr(module, "__file__", None)
    if place and not os.path.realpath(place).startswith(os.path.realpath(source) + os.sep):
        text = "was imported from %s, not from the application" % place
        return describe(name, ImportError(text), source)
    return None


def describe(name, error, source):
    """The failure, the missing module behind it, and the innermost place in the application."""
    missing, cause = None, error
    while cause is not None and missing is None:
        missing = cause.name if isinstance(cause, ModuleNotFoundError) else None
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    at, culprit = None, None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = os.path.realpath(frame.f_code.co_filename)
        if file.startswith(os.path.realpath(source) + os.sep) and os.sep + ".parity" not in file:
            at = "%s:%d" % (os.path.relpath(file, source), line)
            culprit = frame.f_globals.get("__name__")
    if isinstance(error, SyntaxError) and error.filename:
        at = "%s:%s" % (os.path.relpath(error.filename, source), error.lineno)
    what = {"module": name, "type": type(error).__name__, "message": str(error)}
    return dict(what, missing=missing, at=at, culprit=culprit)


def import_all(wanted, found):
    """Fill `found` with the document; a second try forgives an unlucky order of imports."""
    names, left_out = modules(wanted["source"], wanted["packages"])
    found["absent"] = [name for name, why in left_out if why == "missing"]
    found["left_out"] = [entry for entry in left_out if entry[1] != "missing"]
    names = [name for name in names if name not in wanted["exclude"]]
    for name in names:
        found["current"] = name
        failure = attempt(name, wanted["source"])
        if failure is None:
            found["imported"].append(name)
        elif name.endswith(".env") and ALEMBIC.search(failure["message"]):
            found["left_out"].append([name, "Alembic runs it, nothing imports it"])
        else:
            found["failures"].append(failure)
    for failure in list(found["failures"]):
        name = found["current"] = failure["module"]
        if failure["type"] != "ModuleNotFoundError" and attempt(name, wanted["source"]) is None:
            found["failures"].remove(failure)
            found["imported"].append(name)
    found["current"] = None


def run(work):
    """Give `work` the input and an empty document; print the document; end without any clean-up.

    Imports may start threads and register exit handlers that must not keep the process alive.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    wanted = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    found = {"imported": [], "failures": [], "left_out": [], "absent": [], "current": None}

    def late(number, frame):
        raise TookTooLong()

    signal.signal(signal.SIGALRM, late)
    signal.alarm(wanted["seconds"])
    try:
        try:
            prepare(wanted)
        except Exception as error:
            name = wanted["django_settings"] or "django"
            found["failures"].append(describe(name, error, wanted["source"]))
        else:
            work(wanted, found)
    except TookTooLong as error:
        failure = describe(found["current"], error, wanted["source"])
        failure["message"] = "did not finish within %d s" % wanted["seconds"]
        found["failures"].append(failure)
    signal.alarm(0)
    out.write(json.dumps(found))
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    run(import_all)

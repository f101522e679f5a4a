"""Started by a .pth file in each process of a copied environment: what it opens and imports.

`parity_opened.json` beside it has the folder whose files are noted, the modules whose imports are,
and the file for both. The standard library is enough.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def note_from(config: dict[str, Any]) -> None:
    root, modules = config["root"], set(config["modules"])
    log = os.open(config["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(arguments[0])))
            if path.startswith(root):
                os.write(log, os.fsencode("open " + path.replace("\n", " ") + "\n"))

    class Watching:
        """The audit event of an import is not raised by importlib.import_module."""

        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            top = name.partition(".")[0]
            if top in modules:
                os.write(log, ("import " + top + "\n").encode())

    sys.addaudithook(hook)
    if modules:
        sys.meta_path.insert(0, Watching())


with open(os.path.join(os.path.dirname(__file__), "parity_opened.json"), encoding="utf-8") as _file:
    note_from(json.load(_file))

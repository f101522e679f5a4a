"""Found by every Python process of the suite, or of an application under a fault of the process.

PARITY_RECORD: unittest is watched where no pytest runs. PARITY_PROBE: see parity_probe.py.
"""

import importlib.machinery
import importlib.util
import os
import sys
from importlib import import_module


def _next() -> None:
    """The sitecustomize that this one stands before: the application's, or the machine's."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if os.environ.get("PARITY_PROBE"):
    import_module("parity_probe").begin()
_next()
if os.environ.get("PARITY_RECORD"):
    words = " ".join(getattr(sys, "orig_argv", None) or sys.argv)
    if "pytest" not in words and "py.test" not in words:
        import_module("parity_recorder").watch_unittest()

"""Found by every Python process of the suite: unittest is watched where no pytest runs."""

import os
import sys
from importlib import import_module

if os.environ.get("PARITY_RECORD"):
    words = " ".join(getattr(sys, "orig_argv", None) or sys.argv)
    if "pytest" not in words and "py.test" not in words:
        import_module("parity_recorder").watch_unittest()

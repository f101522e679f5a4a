"""Found by every Python process of the suite: unittest is watched where no pytest runs."""

import os
import sys

if os.environ.get("PARITY_RECORD"):
    words = " ".join(getattr(sys, "orig_argv", None) or sys.argv)
    if "pytest" not in words and "py.test" not in words:
        import parity_recorder

        parity_recorder.watch_unittest()

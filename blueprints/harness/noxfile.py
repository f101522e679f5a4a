"""Sessions of this repository."""

import runpy
from pathlib import Path

# The parity harness. Not an import: nox does not put this folder on sys.path.
runpy.run_path(str(Path(__file__).with_name("parity_nox.py")))

"""A spec that uses every section, with text in it that would like to be code."""

from __future__ import annotations

import json
from pathlib import Path

NASTY = (
    'it\'s "quoted" \\ {{ spec }} {% raw %} ${{ github.token }} """ \'\'\' '
    "\u202e 漢字 \U0001f600 # \\N"
)
_FILE = Path(__file__).parent / "data" / "complete.yaml"
COMPLETE = _FILE.read_text(encoding="utf-8").replace(
    "@TEXT@", json.dumps(NASTY, ensure_ascii=False)
)

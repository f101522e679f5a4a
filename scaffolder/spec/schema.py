"""The JSON Schema of `parity.yaml`, generated from the model.

    python -m scaffolder.spec.schema

writes `schema.json`, which ships with the package; a test keeps it current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scaffolder.spec.model import Spec

FILE = Path(__file__).with_name("schema.json")


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    generated = Spec.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "parity.yaml",
        **{key: value for key, value in generated.items() if key != "title"},
    }


def text() -> str:
    """The schema as it is shipped."""
    return json.dumps(schema(), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

"""The JSON Schema and the reference are generated, shipped, and current."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from spec_text import MINIMAL

from scaffolder.spec import document, schema

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/parity.yaml"))


def errors(data: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads(schema.text()))
    return [error.message for error in validator.iter_errors(data)]


def test_the_shipped_schema_is_current() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), (
        "run python -m scaffolder.spec.schema"
    )


def test_the_reference_is_current() -> None:
    written = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")

    assert written == document.text(), "run python -m scaffolder.spec.document docs/spec.md"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.text()))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_fit_the_schema(path: Path) -> None:
    assert errors(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("strict", "yes"),
        ("chekcs", []),
        ("gaps", [{"id": "A b", "category": "packaging"}]),
        ("gaps", [{"id": "a", "category": "nope"}]),
        ("commands", {"pr_smoke": {"budget": "5m"}}),
        ("journeys", [{"id": "a", "act": {"get": "nowhere"}}]),
        ("packaging", {"data_files": ["/etc/passwd"]}),
    ],
)
def test_the_schema_refuses_what_the_model_refuses(key: str, value: Any) -> None:
    data = yaml.safe_load(MINIMAL)
    wrong = copy.deepcopy(data) | {key: value}

    assert errors(data) == []
    assert errors(wrong) != []


def test_every_key_of_the_schema_stands_in_the_reference() -> None:
    text = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
    for definition in schema.schema()["$defs"].values():
        for key in definition.get("properties", {}):
            assert f"| `{key}` |" in text, key

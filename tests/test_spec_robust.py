"""Whatever stands in the file: problems with a place, never an exception."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from spec_text import problems

ROOT = Path(__file__).parents[1]
ODD: list[Any] = [None, True, -1, 1e400, "", "x\n", "{{ x }}", [], {}, [[]], {"a": {}}, [None]]
ODD += [{"present": True}, "../../x", "{nobody}", "9" * 300, ["a", "a"], {"id": []}]


def complete() -> str:
    """The spec of docs/architecture.md, which holds every section and key."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return text.split("```yaml\n", 1)[1].split("```", 1)[0]


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = enumerate(data) if isinstance(data, list) else ()
    for key, value in data.items() if isinstance(data, dict) else pairs:
        yield from places(value, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    data = copy.deepcopy(data)
    parent = data
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value
    return data


def test_the_complete_spec_of_the_architecture_is_valid() -> None:
    assert problems(complete()) == []


@pytest.mark.parametrize("section", yaml.safe_load(complete()))
def test_an_odd_value_anywhere_is_a_problem_or_fine(section: str) -> None:
    data = yaml.safe_load(complete())
    generator = random.Random(section)
    paths = [path for path in places(data[section], (section,))]

    for path in generator.sample(paths, min(len(paths), 12)):
        for value in generator.sample(ODD, 3):
            text = yaml.safe_dump(replaced(data, path, value), sort_keys=False)
            for line in problems(text):
                assert line.startswith("parity.yaml:") and "\n" not in line, (path, value, line)


@pytest.mark.parametrize("seed", range(25))
def test_damaged_bytes_are_a_problem_or_fine(seed: int) -> None:
    generator = random.Random(seed)
    raw = bytearray(complete().encode())
    for _ in range(3):
        place = generator.randrange(len(raw))
        raw[place : place + generator.randrange(3)] = generator.choice(
            [
                b"",
                b"\t",
                b"'",
                b'"',
                b"{",
                b"]",
                b"&a ",
                b"*a",
                b"\xff",
                b"- ",
                b": ",
                b"!x ",
                b"|\n",
            ]
        )

    for line in problems(bytes(raw)):
        assert line.startswith("parity.yaml:") and "\n" not in line, line

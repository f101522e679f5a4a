"""YAML with lines: anchors, templates, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scanned import repository

from scaffolder.scan.yaml_lines import Node, _parsed, document, documents

PIECES = ("a", ": ", "- ", "\n", "  ", "&x ", "*x", "<<: ", "[", "]", "{", "}", "|", ">", "'", '"')


def read(root: Path, text: str) -> Node:
    return document(repository(root, {"x.yaml": text}).tree, "x.yaml")


def test_merge_keys_and_lines(tmp_path: Path) -> None:
    root = read(tmp_path, "base: &b\n  k: 1\n  l: [2]\nown:\n  <<: *b\n  k: 3\n  m: |\n    text\n")

    assert {key: node.line for key, node in root.get("own").items().items()} == {
        "k": 6,
        "l": 3,
        "m": 7,
    }
    assert root.get("own", "m").first == 8
    assert root.get("own", "none", "at", "all").texts() == []


@pytest.mark.parametrize("text", ["a: [", "[" * 100_000, "- " * 5_000, "a: b: c", "\x01", "%x"])
def test_what_is_no_yaml_is_a_note(text: str, tmp_path: Path) -> None:
    where = repository(tmp_path, {"x.yaml": text})

    assert documents(where.tree, "x.yaml") == ()
    assert [note.path for note in where.tree.notes] == ["x.yaml"]


def test_templates_are_read_past(tmp_path: Path) -> None:
    text = "{% if x %}\na: {{ b }}\n{{- end }}\nimage: {{ r }}:1\n{% endif %}\n"

    assert read(tmp_path, text).get("image").line == 4


def test_anchors_that_hold_themselves_end(tmp_path: Path) -> None:
    root = read(tmp_path, "a: &a\n  <<: [*a, *a]\n  b: *a\n")

    assert list(root.get("a", "b", "b").items()) == ["b"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    found = _parsed(text)
    assert isinstance(found, str) or all(node.line >= 1 for node in found)

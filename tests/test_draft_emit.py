"""YAML with comments."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from scaffolder.draft.emit import Comments, emit

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def test_remarks_stand_beside_and_above() -> None:
    comments = Comments()
    comments.beside["app", "start"] = "Dockerfile:7"
    comments.add(("app", "health"), "QUESTION: which path?", "  found: /x")
    comments.add(("app", "workers"), "nothing here")

    text = emit({"parity": 1, "app": {"start": "run me", "health": "/h"}}, comments)

    assert text == (
        "parity: 1\n\napp:\n"
        "  start: run me                    # Dockerfile:7\n"
        "  # QUESTION: which path?\n"
        "  #   found: /x\n"
        "  health: /h\n"
        "  # nothing here\n"
    )


def test_entries_have_a_line_for_each_key() -> None:
    data = {"gaps": [{"id": "a", "evidence": ["x.py:1"]}, {"id": "b"}]}

    assert emit(data, Comments()) == ("gaps:\n  - id: a\n    evidence: ['x.py:1']\n  - id: b\n")


@given(st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=4))
def test_it_reads_as_it_was_meant(data: dict[str, Any]) -> None:
    comments = Comments()
    for key in data:
        comments.beside[key,] = "a remark: with {braces} # and a hash"
        comments.add((key,), "above")

    assert (yaml.safe_load(emit(data, comments)) or {}) == data

"""Shell text is split as a shell would, and never run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffolder.scan.commands import meaning
from scaffolder.scan.installs import steps
from scaffolder.scan.shell_words import expand, simple_commands

# fmt: off
PIECES = [
    "$", "{", "}", "(", ")", "'", '"', "`", "\\", "\n", " ", ";;", "case", "esac", "if", "fi",
    "then", "else", "<<E", "E", "a", "|", "&", "pip", "install", "-r", "uv", "sync", "#", "=",
]
# fmt: on


def test_words_lines_and_joints() -> None:
    text = "set -e # why\nA=1 b 'c d' \\\n  e > /dev/null 2>&1 && cat <<END | f\nx y\nEND\nlast"

    found = [(each.words, each.line, each.joined) for each in simple_commands(text)]

    assert found == [
        (("set", "-e"), 0, ""),
        (("b", "c d", "e"), 1, "&&"),
        (("cat",), 2, "|"),
        (("f",), 2, ""),
        (("last",), 5, ""),
    ]


@pytest.mark.parametrize(
    "known, words",
    [({"X": "a"}, ["one", "end"]), ({"X": "b"}, ["two", "end"]), ({}, ["one", "two", "end"])],
)
def test_conditions_on_known_variables(known: dict[str, str], words: list[str]) -> None:
    text = 'if [ "$X" = "a" ]; then one; else two; fi; case $X in a) one;; *) two;; esac; end'

    for part in (text.split(" case")[0] + " end", text.split("fi; ")[1]):
        found = [each.words[0] for each in simple_commands(part) if each.runs(known)]
        assert [word for word in found if word != "["] == words


def test_variables_and_defaults() -> None:
    known = {"A": "1", "EMPTY": ""}

    assert expand("$A ${A}x ${B:-${A}} ${B-} ${EMPTY:-e} $B ${A:+yes} ${A%1}", known) == (
        "1 1x 1  e $B yes ${A%1}"
    )


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    lines = text.count("\n") + 1
    for each in simple_commands(text):
        assert 0 <= each.line < lines
        meaning(each.words)
        list(steps(each.words))
        each.runs({"a": "b"})
    expand(text, {"a": "$a"})

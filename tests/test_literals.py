"""Text of the spec becomes Python, prose and YAML, and never code."""

from __future__ import annotations

import ast
import datetime as dt
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from blueprint_env import macros
from hypothesis import given, settings
from hypothesis import strategies as st

NASTY = [
    "",
    " ",
    "plain",
    "it's",
    'say "hi"',
    """both ' and " """,
    '\'\'"""',
    '"""',
    "'''",
    "back\\slash",
    "ends with \\",
    "\\n is not a newline",
    "new\nline",
    "\r\n\t\b\f\v",
    "{{ spec }}",
    "{% raw %}",
    "{# comment #}",
    "${{ github.token }}",
    "$(reboot) `reboot`",
    "'); import os; os.system('reboot') #",
    '"\nimport os\n"',
    "\x00\x01\x1b\x7f\x80\x85\xa0\xad",
    "\u2028\u2029\u200b\u202e\ufeff\u3000",
    "\ud800 lone \udfff",
    "\ud83d\ude00 pair of surrogates",
    "emoji \U0001f600 \U0001f468\u200d\U0001f469",
    "\U000e0001 tag",
    "combined e\u0301",
    "漢字" * 20,
    "漢字" * 40,
    "ä" * 87,
    "x" * 200,
    "True",
    "None",
    "0x10",
    "1e5",
    "# comment",
    "f'{x}'",
    "%s %d {}",
]
SCALARS: list[Any] = [None, True, False, 0, -1, 2**63, 1.5, -0.0, 1e16, 1e-7, float("inf")]
characters = st.characters(exclude_categories=())
texts = st.text(characters) | st.sampled_from(NASTY)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | texts
    | st.text(st.sampled_from("'\"\\\n{}"), max_size=100)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(characters) | st.integers() | st.booleans(), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(values, st.integers(0, 3), st.integers(0, 120))
@settings(max_examples=300, deadline=None)
def test_a_literal_evaluates_to_its_value(value: Any, level: int, used: int) -> None:
    written = macros().literal(value, level * 4, used)
    written.encode("utf-8")  # a lone surrogate would stop Copier from writing the file
    assert ast.literal_eval(written) == value


@pytest.mark.parametrize("value", NASTY + SCALARS, ids=ascii)
def test_a_nasty_value_evaluates_to_itself(value: Any) -> None:
    found = ast.literal_eval(macros().literal({"key": [value]}, 0, 0))["key"][0]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [value for value in NASTY if value])
def test_a_nasty_key_evaluates_to_itself(value: str) -> None:
    assert ast.literal_eval(macros().literal({value: {value: value}}, 0, 0)) == {
        value: {value: value}
    }


def test_dates_become_text() -> None:
    moment = dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.timezone.utc)
    written = macros().literal([dt.date(2024, 2, 29), moment], 0, 0)
    assert ast.literal_eval(written) == ["2024-02-29", "2027-03-28T01:30:00+00:00"]


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()], ids=["nan", "set", "object"])
def test_what_has_no_literal_is_refused(value: object) -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError, match="raise_no"):
        macros().literal(value, 0, 0)


def test_characters_that_cannot_be_seen_are_written_as_escapes() -> None:
    written = macros().text("a\u202eb\u00a0c\u200dd\x7f\ue000")
    assert written == '"a\\u202eb\\u00a0c\\u200dd\\u007f\\ue000"'


def random_values(seed: int, count: int) -> list[Any]:
    """Nested values of all kinds and widths; the same for the same seed."""
    source = random.Random(seed)

    def pick(depth: int) -> Any:
        kind = source.randrange(8 if depth < 3 else 4)
        if kind < 2:
            return source.choice(NASTY) * source.choice((1, 1, 1, 2, 3))
        if kind == 2:
            return "".join(source.choices("ab '\"\\漢ü\u0301\n", k=source.randrange(100)))
        if kind == 3:
            return source.choice(SCALARS)
        if kind < 6:
            return [pick(depth + 1) for _ in range(source.randrange(5))]
        return {
            source.choice(NASTY) + str(number): pick(depth + 1)
            for number in range(source.randrange(5))
        }

    return [pick(0) for _ in range(count)]


def annotation(value: Any) -> str:
    """As the settings have them."""
    return "dict[str, Any]" if isinstance(value, dict | list) else ""


def test_constants_are_laid_out_as_the_formatter_lays_them_out(tmp_path: Path) -> None:
    written = macros()
    lines = [
        written.assign("N" * (1 + number % 30), value, annotation(value))
        for number, value in enumerate(random_values(seed=7, count=400))
    ]
    lines += [written.assign("TEXT", "x" * length) for length in range(80, 110)]
    lines += [written.assign("TEXT", "漢" * length) for length in range(20, 110)]
    lines += [written.assign("TEXT", '"' * 3 + "'" * count) for count in range(6)]
    file = tmp_path / "constants.py"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    style = Path(__file__).parents[1] / "blueprints/harness/tests/parity/ruff.toml"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--config", style, "--diff", file],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@given(texts)
@settings(max_examples=200, deadline=None)
def test_prose_cannot_leave_its_docstring(value: str) -> None:
    words = macros().prose(value)
    module = ast.parse(f'"""check: {words}."""\n')
    assert len(module.body) == 1
    docstring = ast.get_docstring(module, clean=False)
    assert docstring == f"check: {words}."
    assert "\n" not in docstring


@given(texts)
@settings(max_examples=200, deadline=None)
def test_a_workflow_holds_text_as_it_is(value: str) -> None:
    written = macros().workflow_text(value)
    expected = value.replace(
        "${{", "${{ '${{' }}"
    )  # the expression that gives the three characters
    if any("\ud800" <= char <= "\udfff" for char in value):
        assert "\n" not in written
        return
    assert yaml.safe_load(f"key: {written}\n") == {"key": expected}

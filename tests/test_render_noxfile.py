"""The team's own noxfile gets two lines, and keeps everything else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scaffolder.render.noxfile import loads_sessions, same_names, with_sessions

END = '\n# Sessions of the parity harness\nrunpy.run_path("parity_nox.py")\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import nox\n", "import runpy\nimport nox\n"),
        ("import nox", "import runpy\nimport nox\n"),
        ('"""Doc."""\n\nimport nox\n', '"""Doc."""\n\nimport runpy\nimport nox\n'),
        (
            "from __future__ import annotations\nimport nox\n",
            "from __future__ import annotations\nimport runpy\nimport nox\n",
        ),
        ("import nox, runpy\n", "import nox, runpy\n"),
        (
            "@one\n@two(\n  1\n)\ndef f(): pass\n",
            "import runpy\n@one\n@two(\n  1\n)\ndef f(): pass\n",
        ),
        ("", "import runpy\n"),
        ("# only a comment\n", "import runpy\n# only a comment\n"),
    ],
)
def test_the_import_and_the_call_are_added(before: str, after: str) -> None:
    changed = with_sessions(before)

    assert changed == after + END
    ast.parse(changed)


def test_twice_is_once() -> None:
    once = with_sessions("import nox\n")

    assert with_sessions(once) == once


def test_line_ends_are_kept() -> None:
    assert "\n" not in with_sessions("import nox\r\n").replace("\r\n", "")


def test_what_is_no_python_is_not_touched() -> None:
    with pytest.raises(SyntaxError):
        with_sessions("def (:\n")


@pytest.mark.parametrize(
    ("source", "loads"),
    [
        ("import runpy\nrunpy.run_path('parity_nox.py')\n", True),
        (
            "import pathlib\nexec((pathlib.Path('.') / 'parity_nox.py').read_text())\n",
            True,
        ),
        ("import parity_nox\n", True),
        ("from tools.parity_nox import *\n", True),
        ("# parity_nox.py is to be loaded one day\n", False),
        ('"""Sessions, but for those of parity_nox.py."""\n', False),
        ("import nox\n", False),
    ],
)
def test_a_noxfile_that_loads_them_in_its_own_way_is_left_alone(
    tmp_path: Path, source: str, loads: bool
) -> None:
    (tmp_path / "noxfile.py").write_text(source)

    assert loads_sessions(tmp_path) is loads
    assert (with_sessions(source) == source) is loads


def test_without_a_noxfile_nothing_is_loaded(tmp_path: Path) -> None:
    assert not loads_sessions(tmp_path)


def test_sessions_of_the_same_name_are_found(tmp_path: Path) -> None:
    (tmp_path / "noxfile.py").write_text(
        "import nox\n\n@nox.session(python=['3.11'])\ndef pr_smoke(session): pass\n\n"
        "@nox.session\ndef lint(session): pass\n\ndef local_fast(): pass\n"
    )

    assert same_names(tmp_path, ["pr_smoke", "local_fast"]) == ["pr_smoke"]

"""The team's own noxfile gets two lines, and keeps everything else."""

from __future__ import annotations

import ast

import pytest

from scaffolder.render.noxfile import with_sessions

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

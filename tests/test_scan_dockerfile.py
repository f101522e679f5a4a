"""Dockerfiles as Docker reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scaffolder.scan.dockerfile import instructions, parse

# fmt: off
PIECES = [
    "FROM ", "RUN ", "ARG ", "ENV ", "COPY ", "CMD ", "[", "]", '"', "\\\n", "\n", "<<E", "E",
    "# ", "a", " AS ", "$a", "${a", "}", "=", "--from=", "--mount=", " ", "ENTRYPOINT ",
]
# fmt: on


def test_continued_lines_comments_and_here_documents() -> None:
    text = """\
# escape=`
FROM a `
  AS b
RUN --mount=type=cache,target=/x `
  # a comment
  one `

  two
run <<EOT
three
EOT
COPY <<A <<B /x/
a
A
b
B
CMD ["x", `
  "y"]
"""
    found = [(each.name, each.line, each.heredocs) for each in instructions(text)]

    assert found == [
        ("FROM", 2, ()),
        ("RUN", 4, ()),
        ("RUN", 9, (("three", 10),)),
        ("COPY", 12, (("a", 13), ("b", 15))),
        ("CMD", 17, ()),
    ]
    assert list(instructions(text))[-1].exec_form == ["x", "y"]


def test_variables_reach_where_docker_lets_them() -> None:
    text = """\
ARG V=1
ARG W=${V}2
FROM img:${W} AS one
ARG V
ENV A=$V B="x $W" \\
    C='y z'
ENV D some words
FROM one
ENV A=own
"""
    last = parse(text).stages[-1]

    assert last.root.base == "img:12"
    assert last.env == {
        "A": ("own", 9),
        "B": ("x $W", 5),
        "C": ("y z", 6),
        "D": ("some words", 7),
    }


def test_an_entry_point_undoes_the_command_of_its_base() -> None:
    text = 'FROM a AS b\nENTRYPOINT ["e"]\nCMD ["c"]\nFROM b\nENTRYPOINT ["f"]\n'

    entry, command = parse(text).stages[-1].startup()

    assert entry is not None and entry.exec_form == ["f"]
    assert command is None


def test_stages_that_a_stage_copies_from() -> None:
    text = "FROM a AS x\nFROM a AS y\nFROM a AS z\nRUN --mount=from=y p\nCOPY --from=0 / /\n"
    file = parse(text)

    assert [stage.name for stage in file.sources(file.stages[-1])] == ["x", "y", "z"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_anything_can_be_read(text: str) -> None:
    file = parse(text)
    lines = text.count("\n") + 1
    for stage in file.stages:
        file.sources(stage)
        stage.startup()
        for each in stage.instructions:
            assert 1 <= each.line <= lines
            assert each.exec_form is None or isinstance(each.words, list)

"""Reports on a terminal of 80 columns."""

from __future__ import annotations

import pytest

from scaffolder.cli.wrapping import for_terminal, wrapped

FACT = "  app.start          gunicorn --bind 0.0.0.0:8000 shop.wsgi:application  (Procfile:1)"
GAP = "    zone-not-set: no file of production or CI sets a zone, and shop/models.py depends on it"


def test_a_value_goes_on_in_its_column() -> None:
    lines = wrapped(FACT, 60)

    assert lines[0].startswith("  app.start          gunicorn --bind")
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 21) and line[21] != " " for line in lines[1:])


def test_a_sentence_goes_on_below_itself() -> None:
    assert wrapped(GAP, 60) == [
        "    zone-not-set: no file of production or CI sets a zone,",
        "      and shop/models.py depends on it",
    ]


@pytest.mark.parametrize("line", ["", "short", "      " + "x" * 100])
def test_what_fits_or_can_not_be_parted_stays(line: str) -> None:
    assert "".join(wrapped(line, 60)).strip() == line.strip()


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(for_terminal([FACT])) == [FACT]

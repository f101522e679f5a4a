"""What is seen of a long run while it lasts."""

from __future__ import annotations

import pytest

from scaffolder.cli.prove import Progress
from scaffolder.prove.judged import Fault


def judged(name: str) -> Fault:
    return Fault(
        name, "text-cut", "orders", name, "harness", "survived", {}, (), 0, 1, 1, 0.5, 0.5, ""
    )


def test_a_log_is_told_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 100.0
    monkeypatch.setattr("time.monotonic", lambda: clock)
    progress = Progress()
    for number, clock in enumerate((101.0, 129.0, 130.0, 131.0, 161.0)):  # noqa: B007
        progress.show(judged(f"text-cut:orders.c{number}"))

    assert capsys.readouterr().err.splitlines() == [
        "parity: 3 faults, the last one text-cut:orders.c2: survived",
        "parity: 5 faults, the last one text-cut:orders.c4: survived",
    ]


def test_a_terminal_sees_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Progress().show(judged("text-cut:orders.note"))

    assert capsys.readouterr().err == "  survived          text-cut:orders.note (0.5 s)\n"

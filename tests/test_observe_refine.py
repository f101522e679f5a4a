"""What is tried again after an observation, and what the draft says of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffolder.observe import refine
from scaffolder.observe.observe import Observation, Step
from scaffolder.scan.scan import Scan, scan

EXAMPLES = Path(__file__).parents[1] / "examples"
DAY = date(2026, 11, 22)
Watched = list[dict[str, Any]]


def of(name: str, folder: Path, change: Callable[[Path], None] = lambda _: None) -> Scan:
    left_out = shutil.ignore_patterns("parity.yaml", "breakages", "__pycache__", ".parity")
    shutil.copytree(EXAMPLES / name, folder / name, ignore=left_out)
    change(folder / name)
    return scan(folder / name)


def watched(monkeypatch: pytest.MonkeyPatch, *answers: Observation) -> Watched:
    """The drafts that are observed; the process that would observe them gives these answers."""
    drafts: Watched = []

    def observe(_: Path, draft: bytes, *__: Any, **___: Any) -> Observation:
        drafts.append(yaml.safe_load(draft))
        return answers[len(drafts) - 1]

    monkeypatch.setattr(refine, "observe", observe)
    return drafts


def step(name: str, ok: bool, message: str = "") -> Step:
    return Step(name, ok, message, 1.0)


def test_a_variable_that_the_start_asks_for_gets_a_sample(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = of("fastapi-shop", tmp_path)
    first = Observation("start: KeyError: 'FEE'", (step("start", False),), ("FEE",))
    drafts = watched(monkeypatch, first, Observation(None))

    drafted, _ = refine.refine(tmp_path, found, DAY, lambda _: None)

    assert "FEE" not in drafts[0]["production"]["environment"]
    assert drafts[1]["production"]["environment"]["FEE"]["required"] is True
    assert "# the start asked for it" in drafted.text


def test_a_lock_that_a_new_python_cannot_install_is_tried_with_an_older_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def floating(root: Path) -> None:
        text = (root / "Dockerfile").read_text().replace("python:3.12-slim", "python:slim")
        (root / "Dockerfile").write_text(text)

    found = of("flask-desk", tmp_path, floating)
    failed = Observation("install: no wheel", (step("install", False, "no wheel"),))
    drafts = watched(monkeypatch, failed, failed, Observation(None))

    drafted, _ = refine.refine(tmp_path, found, DAY, lambda _: None)

    tried = [draft["production"]["python"] for draft in drafts]
    assert tried == ["3.12", "3.11", "3.10"]
    assert drafted.data["production"]["python"] == "3.10"


def test_a_python_that_is_named_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = of("flask-desk", tmp_path)
    failed = Observation("install: no wheel", (step("install", False, "no wheel\nfor shop"),))
    drafts = watched(monkeypatch, failed)

    drafted, _ = refine.refine(tmp_path, found, DAY, lambda _: None)

    assert len(drafts) == 1
    (asked,) = [q for q in drafted.questions if q.place == "app.install.lock"]
    assert asked.candidates == ("no wheel", "for shop")


def test_a_user_that_cannot_be_made_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = of("django-clinic", tmp_path)
    failed = Observation("prepare: error", (step("prepare", False, "error"),))
    drafts = watched(monkeypatch, failed, Observation(None))

    refine.refine(tmp_path, found, DAY, lambda _: None)

    made = ["createsuperuser" in str(draft["app"].get("prepare")) for draft in drafts]
    assert made == [True, False]


def test_a_user_that_nobody_has_seen_made_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = of("django-clinic", tmp_path)
    watched(monkeypatch, Observation("stopped after 420 s", ()))

    drafted, _ = refine.refine(tmp_path, found, DAY, lambda _: None)

    assert "createsuperuser" not in str(drafted.data["app"].get("prepare"))


def test_what_was_observed_stands_in_the_draft(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = of("fastapi-shop", tmp_path)
    journey = {
        "id": "create-user",
        "covers": ["lost-insert", "lost-delete", "never-heard-of"],
        "act": {"post": "/users", "json": {"email": "a@example.org"}, "status": 201},
        "stored": [{"table": "users", "where": {"email": "a@example.org"}, "rows": 1}],
    }
    watched(monkeypatch, Observation(None, journeys=[journey], questions=["who pays?"]))

    drafted, _ = refine.refine(tmp_path, found, DAY, lambda _: None)

    (entry,) = drafted.data["journeys"]
    assert entry["covers"] == ["lost-insert", "lost-delete"]
    assert entry["tier"] == "smoke"
    assert [q.asks for q in drafted.questions if q.place == "journeys"] == ["who pays?"]

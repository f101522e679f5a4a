"""The arithmetic of tests/score.py, and the form of the corpus files."""

from __future__ import annotations

from pathlib import Path

import pytest
import score
from score import CORPUS, BadCorpus, Expected, Found, Score

from scaffolder.scan.facts import Confidence, Evidence, Fact, Facts, Place

NOTHING: frozenset[str] = frozenset()


def fact(key: str, value: str, confidence: Confidence = "certain", place: Place = "image") -> Fact:
    """A fact with some evidence."""
    return Fact(key, value, (Evidence("Dockerfile", 3),), place, confidence)


def expected(**facts: tuple[score.Group, ...]) -> Expected:
    """An expectation; `__` in a keyword stands for the point of the key."""
    named = {key.replace("__", "."): groups for key, groups in facts.items()}
    return Expected("owner--name", False, None, named, {})


def test_values_are_right_wrong_or_missing() -> None:
    found = [Found("a"), Found("x", ("f.py:1",))]
    result = score.score_many([("a",), ("b",)], NOTHING, found)
    assert result == Score(right=["a"], wrong=[Found("x", ("f.py:1",))], missing=["b"])


def test_of_alternatives_the_second_is_neutral() -> None:
    result = score.score_many([("a", "b")], NOTHING, [Found("b"), Found("a")])
    assert result == Score(right=["b"], neutral=["a"])


def test_a_defensible_value_is_neither_found_nor_wrong() -> None:
    result = score.score_many([("a",)], frozenset({"c"}), [Found("c")])
    assert result == Score(missing=["a"], neutral=["c"])


def test_the_star_switches_a_key_off() -> None:
    result = score.score_many([("a",)], frozenset({"*"}), [Found("x")])
    assert result == Score(neutral=["x"])


def test_a_guess_counts_as_nothing() -> None:
    guesses = [Found("a", guess=True), Found("x", guess=True)]
    result = score.score_many([("a",)], NOTHING, guesses)
    assert result == Score(missing=["a"], guesses=guesses)


def test_a_key_with_one_value_is_not_missing_when_a_defensible_one_was_found() -> None:
    assert score.score_one([("a",)], frozenset({"c"}), Found("c")) == Score(neutral=["c"])
    assert score.score_one([("a",)], NOTHING, None) == Score(missing=["a"])


def test_a_wrong_single_value_is_wrong_and_missing() -> None:
    result = score.score_one([("a",)], NOTHING, Found("x"))
    assert result == Score(wrong=[Found("x")], missing=["a"])


def test_the_preferred_value_of_a_key_counts_and_its_contradictions_do_not() -> None:
    facts = Facts(
        (
            fact("database.engine", "sqlite", place="code"),
            fact("database.engine", "postgres", place="compose"),
        )
    )
    report = score.score_facts("n", expected(database__engine=(("postgres",),)), facts)
    assert report.keys == {"database.engine": Score(right=["postgres"])}


def test_what_nobody_expected_is_wrong_with_its_evidence_unless_it_is_not_scored() -> None:
    facts = Facts((fact("service.queue", "celery"), fact("app.route", "GET /")))
    report = score.score_facts("n", expected(), facts)
    wrong = Found("celery", ("Dockerfile:3",))
    assert report.keys == {"service.queue": Score(wrong=[wrong])}


def test_shares_of_a_total() -> None:
    sum_ = score.total(
        [Score(right=["a", "b", "c"], missing=["d"]), Score(wrong=[Found("x")], neutral=["y"])]
    )
    assert score.found_share(sum_) == 0.75
    assert score.wrong_share(sum_) == 0.25
    assert (score.found_share(Score()), score.wrong_share(Score())) == (1.0, 0.0)


def test_the_text_names_what_is_wrong_and_missing() -> None:
    facts = Facts((fact("service.queue", "celery"), fact("app.orm", "django", "guess")))
    report = score.score_facts("owner--name", expected(service__queue=(("rq",),)), facts)
    text = score.as_text([report])
    assert "wrong    service.queue: celery  (Dockerfile:3)" in text
    assert "missing  service.queue: rq" in text
    assert "guess    app.orm: django  (Dockerfile:3)" in text


def test_an_absent_tree_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score.main([str(tmp_path)]) == 2
    assert "no folder DjangoGirls--djangogirls" in capsys.readouterr().err


def test_a_held_out_repository_is_left_out_until_asked_for() -> None:
    shown = {item.name for item in score.chosen(include_held_out=False, only=None)}
    everything = score.chosen(include_held_out=True, only=None)
    held_out = {item.name for item in everything if item.held_out}
    assert (len(everything), len(held_out)) == (14, 2)
    assert shown == {item.name for item in everything} - held_out
    with pytest.raises(BadCorpus, match="--include-held-out"):
        score.chosen(include_held_out=False, only=min(held_out))
    with pytest.raises(BadCorpus, match="there are: "):
        score.chosen(include_held_out=True, only="nobody--nothing")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("app.farmework: django", "not a scored key"),
        ("app.route: [GET /]", "not a scored key"),
        ("app.package: shop", "a list expected"),
        ("app.framework: [django]", "one value expected"),
        ("production.python: 3.10", "no text"),
    ],
)
def test_a_mistake_in_a_corpus_file_is_named(tmp_path: Path, facts: str, message: str) -> None:
    path = tmp_path / "owner--name.yaml"
    path.write_text(f"held_out: false\napp: null\nfacts:\n  {facts}\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match=message):
        score.read(path)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_expected_value_stands_once_and_not_among_the_defensible_ones(path: Path) -> None:
    corpus = score.read(path)
    for key, groups in corpus.facts.items():
        values = [value for group in groups for value in group]
        assert len(values) == len(set(values)), key
        singles = {group[0] for group in groups if len(group) == 1}
        assert not singles & corpus.also.get(key, NOTHING), key

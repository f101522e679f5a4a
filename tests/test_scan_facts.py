"""What counts of several facts, and what contradicts."""

from __future__ import annotations

from scaffolder.scan.facts import Confidence, Evidence, Fact, Facts, Place, together


def fact(
    key: str, value: str, place: Place = "code", confidence: Confidence = "certain", line: int = 1
) -> Fact:
    return Fact(key, value, (Evidence(f"{place}.txt", line),), place, confidence)


def test_the_place_decides_and_a_guess_comes_last() -> None:
    facts = Facts(
        (
            fact("production.python", "3.10", "manifest"),
            fact("production.python", "3.13", "image", "guess"),
            fact("production.python", "3.12", "image", "likely"),
        )
    )

    assert facts.values("production.python") == ("3.12", "3.10", "3.13")


def test_one_value_has_the_evidence_of_all() -> None:
    facts = Facts((fact("app.package", "shop", line=3), fact("app.package", "shop", line=7)))

    (found,) = facts.all("app.package")

    assert [str(place) for place in found.evidence] == ["code.txt:3", "code.txt:7"]


def test_several_certain_values_of_one_key_contradict() -> None:
    image, compose = fact("database.engine", "mysql", "image"), fact("database.engine", "postgres")

    (found,) = Facts((compose, image)).contradictions()

    assert (found.key, found.chosen, found.others) == ("database.engine", image, (compose,))


def test_a_convention_contradicts_nothing_that_stands_somewhere() -> None:
    sure = fact("database.migrate", "flask db upgrade", "image")
    likely = fact("database.migrate", "alembic upgrade head", "code", "likely")

    assert list(Facts((sure, likely)).contradictions()) == []


def test_the_beginning_of_a_command_contradicts_nothing() -> None:
    whole = fact("app.start", "python -m shop --port 80", "image")

    assert list(Facts((whole, fact("app.start", "python -m shop"))).contradictions()) == []
    assert len(list(Facts((whole, fact("app.start", "python -m sho"))).contradictions())) == 1


def test_a_database_variable_is_no_other_variable() -> None:
    parts = [
        [fact("database.variable", "DB_HOST={host}", "compose")],
        [fact("environment.optional", "DB_HOST"), fact("environment.optional", "DEBUG")],
    ]

    assert together(parts).values("environment.optional") == ("DEBUG",)

"""Facts become gaps and failure modes."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from scaffolder.catalog.load import categories
from scaffolder.catalog.load import facts as catalog_facts
from scaffolder.catalog.load_gaps import CatalogGap, gaps, modes
from scaffolder.draft.gaps import FoundGap, covers, failure_modes, find_gaps
from scaffolder.scan.facts import Confidence, Evidence, Fact, Facts, Place
from scaffolder.spec.findings import FailureMode, Gap

TODAY = date(2026, 11, 1)
VALUES = {
    "app.start": ["gunicorn shop:app", "python manage.py runserver 0.0.0.0:8000"],
    "ci.engine": ["postgres", "mysql"],
    "ci.os": ["ubuntu-latest"],
    "ci.python": ["3.11"],
    "ci.timezone": ["UTC"],
    "ci.version": ["15"],
    "database.default": ["sqlite"],
    "database.engine": ["postgres"],
    "database.image": ["postgres:16-alpine"],
    "database.version": ["16", "13"],
    "environment.optional": ["SECRET_KEY"],
    "environment.promised": ["SECRET_KEY"],
    "image.floating": ["postgres:latest", "redis"],
    "production.locale": ["C"],
    "production.os": ["debian-12", "debian-11", "alpine-3.22"],
    "production.python": ["3.12", "3.9"],
    "production.timezone": ["Europe/Berlin"],
    "settings.timezone": ["Europe/Berlin"],
    "tests.engine": ["postgres", "mysql"],
    "tests.request": ["POST /orders {}"],
}
"""Values that conditions may ask for; of other keys any value does."""


def fact(
    key: str,
    value: str,
    *places: str,
    place: Place = "code",
    confidence: Confidence = "certain",
) -> Fact:
    evidence = []
    for text in places or (f"{key}.txt:1",):
        path, _, line = text.partition(":")
        evidence.append(Evidence(path, int(line) if line else None))
    return Fact(key, value, tuple(evidence), place, confidence)


def found(*facts: Fact, on: date = TODAY) -> dict[str, FoundGap]:
    return {gap.id: gap for gap in find_gaps(Facts(facts), on)}


def keys(gap: CatalogGap) -> tuple[list[str], list[str]]:
    """Keys that must have a value, and those that must have none, or none of some values."""
    negative = {c.fact for c in gap.when if c.test in ("absent", "not")}
    positive = {c.fact for c in gap.when if c.test not in ("absent", "not")}
    others = {c.arguments[0] for c in gap.when if c.test in ("same", "differs", "among")}
    return sorted(positive | others), sorted(negative)


def values(gap: CatalogGap, key: str) -> list[str]:
    asked = [a for c in gap.when if c.fact == key and c.test == "is" for a in c.arguments]
    return [*asked[:1], *VALUES.get(key, ["something"])]


def smallest(gap: CatalogGap) -> list[Fact]:
    """One fact for each key of the conditions, so that the gap is there."""
    positive, _ = keys(gap)
    for choice in product(*(values(gap, key) for key in positive)):
        facts = [fact(key, value) for key, value in zip(positive, choice, strict=True)]
        if gap.id in found(*facts):
            return facts
    raise AssertionError(f"{gap.id}: no value of VALUES makes this gap")


def test_nothing_is_no_gap() -> None:
    assert find_gaps(Facts(), TODAY) == ()


@pytest.mark.parametrize("gap", gaps().values(), ids=lambda gap: gap.id)
def test_a_gap_takes_each_of_its_facts(gap: CatalogGap) -> None:
    facts = smallest(gap)

    assert found(*facts)[gap.id].evidence
    for missing in facts:
        assert gap.id not in found(*(one for one in facts if one != missing))
    for unsure in facts:
        guess = fact(unsure.key, unsure.value, confidence="guess")
        assert gap.id not in found(*(guess if one == unsure else one for one in facts))


@pytest.mark.parametrize("gap", gaps().values(), ids=lambda gap: gap.id)
def test_a_gap_is_not_there_when_a_fact_speaks_against_it(gap: CatalogGap) -> None:
    facts = smallest(gap)
    for condition in gap.when:
        if condition.test not in ("absent", "not"):
            continue
        for value in condition.arguments or ("something",):
            others = [one for one in facts if one.key != condition.fact]
            assert gap.id in found(*facts)
            guess = fact(condition.fact, value, confidence="guess")
            assert gap.id not in found(*others, guess)


@pytest.mark.parametrize("gap", gaps().values(), ids=lambda gap: gap.id)
def test_a_gap_is_one_of_the_spec(gap: CatalogGap) -> None:
    one = found(*smallest(gap))[gap.id]

    Gap.model_validate(
        {
            "id": one.id,
            "category": one.category,
            "what": one.what,
            "evidence": list(one.evidence),
            "coverage": one.coverage,
            "risk": one.risk,
        }
    )
    assert not set("{}[]") & set(one.what.replace("POST /orders {}", ""))


def test_sqlite_in_the_tests_cites_both_sides() -> None:
    gap = found(
        fact("tests.engine", "sqlite", "tests/conftest.py:12", "tests/settings.py:3"),
        fact("database.engine", "postgres", "compose.yaml:7"),
        fact("database.version", "16", "compose.yaml:7", "docs/run.md:2", "deploy/app.yaml:9"),
    )["sqlite-in-tests"]

    assert gap.category == "db-dialect"
    assert gap.what == "the tests run on SQLite, production on PostgreSQL 16"
    assert gap.evidence == (
        "tests/conftest.py:12",
        "compose.yaml:7",
        "tests/settings.py:3",
        "docs/run.md:2",
    )
    assert gap.coverage == "none"


def test_an_unknown_version_is_left_out_of_the_sentence() -> None:
    gap = found(fact("tests.engine", "sqlite"), fact("database.engine", "postgres"))

    assert gap["sqlite-in-tests"].what == "the tests run on SQLite, production on PostgreSQL"


def test_what_exercises_a_gap_today_is_its_coverage() -> None:
    gap = found(
        fact("tests.engine", "sqlite"),
        fact("database.engine", "postgres"),
        fact("ci.engine", "postgres", ".github/workflows/ci.yml:20"),
        fact("ci.version", "15"),
    )["sqlite-in-tests"]

    assert gap.coverage == "CI has PostgreSQL 15 (.github/workflows/ci.yml:20)"


def test_of_many_files_some_are_named() -> None:
    gap = found(
        *(fact("code.naive-now", f"shop/{name}.py", f"shop/{name}.py:7") for name in "abcde")
    )["naive-now"]

    assert gap.what == "`now()` or `utcnow()` without a zone in shop/a.py, shop/b.py and 3 more"
    assert gap.evidence == ("shop/a.py:7", "shop/b.py:7", "shop/c.py:7", "shop/d.py:7")


@pytest.mark.parametrize(
    ("version", "on", "ended"),
    [
        ("13", date(2025, 11, 13), False),
        ("13", date(2025, 11, 14), True),
        ("9.6", date(2026, 1, 1), True),
        ("99", date(2026, 1, 1), False),
    ],
)
def test_a_version_has_ended_on_the_day_after_its_last_fixes(
    version: str, on: date, ended: bool
) -> None:
    facts = [fact("database.engine", "postgres"), fact("database.version", version)]

    assert ("ended-database" in found(*facts, on=on)) == ended


def test_a_sentence_names_the_day_of_the_last_fixes() -> None:
    gap = found(fact("production.python", "3.9.18"))["ended-python"]

    assert gap.what == "production runs on Python 3.9.18, whose last fixes came on 2025-10-31"


@pytest.mark.parametrize(
    ("ci", "production", "differs"),
    [
        (["3.11"], "3.12", True),
        (["3.11", "3.12"], "3.12", False),
        (["3.12"], "3.12.4", False),
        (["3.1"], "3.12", True),
    ],
)
def test_a_version_differs_when_no_other_is_the_same(
    ci: list[str], production: str, differs: bool
) -> None:
    versions = [fact("ci.python", version) for version in ci]

    gap = found(*versions, fact("production.python", production))

    assert ("other-python-in-ci" in gap) == differs


def test_only_values_that_are_in_the_gap_are_named() -> None:
    gap = found(
        fact("environment.promised", "SECRET_KEY", "compose.yaml:4"),
        fact("environment.promised", "DOMAIN", "compose.yaml:5"),
        fact("environment.optional", "SECRET_KEY", "app/config.py:9"),
    )["promised-not-required"]

    assert gap.what == "called required, while the code starts without: SECRET_KEY"
    assert gap.evidence == ("compose.yaml:4", "app/config.py:9")


@pytest.mark.parametrize(
    ("image", "gap"),
    [
        ("postgres:latest", "floating-database-image"),
        ("postgres", "floating-database-image"),
        ("pgvector/pgvector", "floating-database-image"),
        ("docker.io/library/mariadb", "floating-database-image"),
        ("redis", "floating-image"),
        ("ghcr.io/astral-sh/uv:latest", "floating-image"),
    ],
)
def test_a_floating_image_is_one_gap(image: str, gap: str) -> None:
    assert list(found(fact("image.floating", image))) == [gap]


@pytest.mark.parametrize(
    ("command", "development"),
    [
        ("python manage.py runserver 0.0.0.0:8000", True),
        ("flask --app shop run --host 0.0.0.0", True),
        ("uvicorn shop:app --reload --port 80", True),
        ("fastapi dev shop/main.py", True),
        ("fastapi run --workers 4 app/main.py", False),
        ("gunicorn shop.wsgi --bind 0.0.0.0:8000", False),
        ("flask db upgrade && gunicorn run:app", False),
    ],
)
def test_a_development_server_is_recognised(command: str, development: bool) -> None:
    assert ("development-server" in found(fact("app.start", command))) == development


@pytest.mark.parametrize(
    ("variable", "own"),
    [
        ("SECRET_KEY", True),
        ("DJANGO_SECRET_KEY", True),
        ("CONDUIT_SECRET", True),
        ("JWT_SECRET", True),
        ("FIELD_ENCRYPTION_KEY", True),
        ("AWS_SECRET_ACCESS_KEY", False),
        ("GITHUB_CLIENT_SECRET", False),
        ("STRIPE_SECRET_KEY", False),
        ("RECAPTCHA_PRIVATE_KEY", False),
        ("SECRETS_PATH", False),
    ],
)
def test_a_secret_of_another_service_may_have_a_default(variable: str, own: bool) -> None:
    assert ("secret-with-default" in found(fact("environment.optional", variable))) == own


def test_a_contradiction_is_a_gap_with_both_places() -> None:
    gap = found(
        fact("database.engine", "postgres", "requirements.txt:12", place="lock"),
        fact("database.engine", "mysql", "Dockerfile:9", place="image"),
    )["contradicting-database-engine"]

    assert gap.category == "db-dialect"
    assert gap.what == (
        "production's database is MySQL by Dockerfile:9 and PostgreSQL by requirements.txt:12"
    )
    assert gap.evidence == ("Dockerfile:9", "requirements.txt:12")


@pytest.mark.parametrize("key", [key for key, row in catalog_facts().items() if not row.many])
def test_any_contradiction_is_a_gap_of_the_spec(key: str) -> None:
    gap = found(fact(key, "one"), fact(key, "two"))[f"contradicting-{key.replace('.', '-')}"]

    Gap.model_validate({"id": gap.id, "category": gap.category, "evidence": list(gap.evidence)})
    assert gap.modes


def test_a_place_that_the_spec_can_not_hold_is_left_out() -> None:
    gap = found(
        fact("code.naive-now", "a b.py", "a b.py:3"), fact("code.naive-now", "c.py", "c.py:1")
    )

    assert gap["naive-now"].evidence == ("c.py:1",)


def test_hostile_values_are_one_short_line_and_no_placeholders() -> None:
    gap = found(
        fact("app.start", "sh\n\x00\x1b[31m {database.engine} [x] " + "y" * 500, "Procfile:1"),
        fact("tests.in-process", "tests/test_a.py"),
    )["server-never-started"]

    assert gap.what.isprintable()
    assert "{database.engine} [x]" in gap.what
    assert len(gap.what) < 200


def test_a_value_that_is_too_long_for_a_name_is_not_matched() -> None:
    assert found(fact("image.floating", "a/" * 100_000)) == {}


def test_gaps_stand_in_the_order_of_categories_and_catalogue() -> None:
    facts = {one.key: one for gap in gaps().values() for one in smallest(gap)}

    order = find_gaps(Facts(tuple(facts.values())), TODAY)
    again = find_gaps(Facts(tuple(reversed(facts.values()))), TODAY)

    assert order == again
    assert len(order) > 25
    position = [
        (list(categories()).index(gap.category), list(gaps()).index(gap.id)) for gap in order
    ]
    assert position == sorted(position)


def test_a_failure_mode_stands_once_at_its_first_gap() -> None:
    order = find_gaps(
        Facts(
            (
                fact("tests.engine", "sqlite"),
                fact("database.engine", "postgres"),
                fact("code.raw-sql", "shop/report.py"),
            )
        ),
        TODAY,
    )

    modes_of = {mode.id: mode.gap for mode in failure_modes(order)}

    assert modes_of["dialect-error"] == "sqlite-in-tests"
    assert modes_of["altered-value"] == "loose-types"
    assert len(modes_of) == len({name for gap in order for name in gap.modes})


def test_each_found_mode_is_one_of_the_spec_with_a_gap_that_is_there() -> None:
    order = tuple(found(*smallest(gap))[gap.id] for gap in gaps().values())

    for mode in failure_modes(order):
        assert mode.gap in gaps()
        assert mode.what == modes()[mode.id].what
        FailureMode.model_validate(
            {
                "id": mode.id,
                "gap": mode.gap,
                "what": mode.what,
                "visibility": mode.visibility,
                "blast_radius": mode.blast_radius,
                "detection": mode.detection,
                "depends_on": list(mode.depends_on),
            }
        )


def test_a_check_covers_the_modes_that_it_holds() -> None:
    gap = found(fact("code.naive-now", "shop/a.py"))["naive-now"]

    assert covers(failure_modes([gap])) == {
        "timezone": ("shifted-instant", "wrong-day"),
        "journeys": ("shifted-instant",),
    }

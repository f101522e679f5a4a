"""support/settings.py says what the spec says, with the model's defaults, as plain literals."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from blueprint_env import render
from complete_spec import COMPLETE, NASTY
from spec_text import MINIMAL, spec_of

from scaffolder.catalog.load import checks
from scaffolder.spec.grammar import seconds
from scaffolder.spec.model import Spec

SESSIONS = ("local_fast", "pr_smoke", "nightly_parity", "release_packaging")


def constants(text: str) -> dict[str, Any]:
    """The constants of the rendered module; every statement must be one, or an import."""
    source = render("blueprints/support/settings.py.jinja", yaml.safe_load(text))
    found = {}
    for node in ast.parse(source).body[1:]:
        if isinstance(node, ast.ImportFrom):
            assert node.module in ("__future__", "typing")
            continue
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        assert isinstance(target, ast.Name)
        assert node.value is not None
        found[target.id] = ast.literal_eval(node.value)
    return found


def expected(text: str) -> dict[str, Any]:
    """The same from the model; payloads from the file, because the model adds keys to them."""
    spec, raw = spec_of(text), yaml.safe_load(text)
    app, database = spec.app, spec.production.database
    suite = app.own_suite
    no_suite: dict[str, Any] = {"run": None, "groups": [], "extra": [], "env": {}, "settings": None}
    migrate = database.migrate or []
    return {
        "NAME": app.name,
        "DIRECTORY": app.directory,
        "PACKAGES": app.packages,
        "SOURCE": app.source,
        "INSTALL": app.install.model_dump(),
        "ORM": app.orm,
        "DJANGO_SETTINGS": app.django_settings,
        "START": app.start,
        "START_DIFFERS": app.start_differs,
        "HEALTH": app.health,
        "PROXY_HEADERS": app.proxy_headers,
        "PREPARE": app.prepare,
        "WORKERS": [worker.model_dump() for worker in app.workers],
        "SCRIPTS": app.scripts,
        "IMPORTS_EXCLUDE": [one.model_dump() for one in app.imports.exclude],
        "SQL_EXCLUDE": [one.model_dump() for one in app.sql.exclude],
        "SQL_FILES": app.sql.files,
        "OWN_SUITE": suite.model_dump() if suite else no_suite,
        "UNIT_TESTS": {m.id: m.covered_by for m in spec.failure_modes if m.covered_by},
        "PYTHON": spec.production.python,
        "TIMEZONE": spec.production.timezone,
        "LOCALE": spec.production.locale,
        "DATABASE": {
            **database.model_dump(exclude={"engine"}),
            "image": database.image or f"postgres:{database.version}",
            "migrate": [migrate] if isinstance(migrate, str) else migrate,
        },
        "ENVIRONMENT": {n: v.model_dump() for n, v in spec.production.environment.items()},
        "LOGINS": {
            one["id"]: {"steps": one["steps"], "headers": one.get("headers", {})}
            for one in raw.get("logins", [])
        },
        "REFUSALS": [{"setup": [], "login": None, **one} for one in raw.get("refusals", [])],
        "CHECKS": expected_checks(spec),
        "NOT_GENERATED": [one.id for one in spec.checks if not checks()[one.id].generated],
        "COMMANDS": {
            name: {"tiers": list(spec.commands.tiers(name)), "budget": spec.commands.budget(name)}
            for name in SESSIONS
        },
        "GAPS": {gap.id: gap.category for gap in spec.gaps},
        "ACCEPTED": [entry.model_dump() for entry in spec.accepted],
        "STRICT": spec.strict,
    }


def expected_checks(spec: Spec) -> dict[str, Any]:
    """The catalogue's categories; a journey has those of all journeys."""
    rows = {
        one.id: {
            "tier": one.tier,
            "budget": seconds(one.budget),
            "file": f"check_{one.id.replace('-', '_')}.py",
            "categories": list(checks()[one.id].categories),
        }
        for one in spec.checks
        if checks()[one.id].generated
    }
    journeys = {
        one.id: {
            "tier": one.tier,
            "budget": seconds(one.budget),
            "file": f"journey_{one.id.replace('-', '_')}.py",
            "categories": ["db-dialect", "real-vs-mock"],
        }
        for one in spec.journeys
    }
    return rows | journeys


@pytest.mark.parametrize("text", [MINIMAL, COMPLETE], ids=["minimal", "complete"])
def test_the_constants_are_those_of_the_model(text: str) -> None:
    assert constants(text) == expected(text)


def test_free_text_arrives_as_it_is() -> None:
    found = constants(COMPLETE)

    assert found["START_DIFFERS"] == NASTY
    assert found["ENVIRONMENT"]["SECRET_KEY"]["sample"] == NASTY
    assert found["LOGINS"]["customer"]["steps"][0]["form"]["username"] == NASTY
    assert found["OWN_SUITE"]["env"]["ODD"] == NASTY


def test_an_empty_section_is_like_none() -> None:
    empty = "journeys:\nchecks:\nlogins:\ngaps:\naccepted:\nrefusals:\ncommands:\nci:\n"

    assert constants(MINIMAL + empty) == constants(MINIMAL)

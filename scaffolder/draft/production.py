"""The section `production` of the draft."""

from __future__ import annotations

import re
from typing import Any

from scaffolder.catalog.load_gaps import established, newest
from scaffolder.draft.install import path_of_source
from scaffolder.draft.questions import Question
from scaffolder.draft.samples import production_value, sample
from scaffolder.draft.sections import Sections, contradiction_text, evidence
from scaffolder.scan.tree import relative

URL_VARIABLE = "postgresql://{user}:{password}@{host}:{port}/{name}"


def production(draft: Sections, more: tuple[str, ...] = (), python: str = "") -> None:
    """What the harness reproduces.

    more: variables that a start was seen to ask for. python: what the lock was installed with,
    where nothing in the repository names a version.
    """
    _python(draft, python)
    facts = draft.facts
    for key, place, default in (
        ("production.os", "os", None),
        ("production.timezone", "timezone", "UTC"),
        ("production.locale", "locale", "C.UTF-8"),
    ):
        fact = facts.one(key)
        if fact is not None:
            draft.put(("production", place), fact.value, fact)
        elif default is not None:
            draft.put(("production", place), default)
            draft.remark(("production", place), "nothing sets it: a container has this one")
    dockerfile = facts.one("production.dockerfile")
    if dockerfile is not None:
        directory = facts.value("app.directory") or "."
        path = relative(dockerfile.value, directory)
        draft.put(("production", "image", "dockerfile"), path, dockerfile)
    _database(draft)
    _environment(draft, more)


def _python(draft: Sections, installs: str) -> None:
    place = ("production", "python")
    fact = draft.facts.one("production.python")
    ci = draft.facts.all("ci.python")
    if fact is not None:
        draft.put(place, fact.value, fact)
        if fact.confidence != "guess":
            return
    else:
        draft.put(place, installs or (ci[0].value if ci else established("python")), ci[:1])
    draft.ask(
        Question(
            "production.python",
            "which Python does production run?",
            ("imports",),
            tuple(f"{each.value} in CI ({evidence([each])})" for each in ci),
            draft.data["production"]["python"],
        )
    )


def _database(draft: Sections) -> None:
    facts = draft.facts
    place = ("production", "database")
    engine = facts.one("database.engine")
    draft.put((*place, "engine"), "postgres", engine if engine_is(draft, "postgres") else None)
    clash = draft.contradicted("database.engine")
    if clash is not None or engine is None:
        draft.ask(
            Question(
                "production.database.engine",
                "which engine does production run? parity supports PostgreSQL so far",
                ("engine", "migrations", "sql-literals"),
                (contradiction_text(clash),) if clash else (),
                "postgres",
            )
        )
    _version(draft, place)
    extensions = facts.all("database.extension")
    if extensions:
        draft.put((*place, "extensions"), [fact.value for fact in extensions], extensions)
    draft.put((*place, "timezone"), "UTC")
    _schema(draft, place)
    _variables(draft, place)


def engine_is(draft: Sections, name: str) -> bool:
    """Whether an engine is the one that counts."""
    return draft.facts.value("database.engine") == name


def _version(draft: Sections, place: tuple[str, str]) -> None:
    facts = draft.facts
    # Where the engine is undecided, what was found can be the version of another one.
    sure = engine_is(draft, "postgres")
    version = facts.one("database.version") if sure else None
    image = facts.one("database.image") if sure else None
    if version is not None:
        draft.put((*place, "version"), version.value, version)
    else:
        other = facts.one("ci.version") if facts.value("ci.engine") == "postgres" else None
        draft.put((*place, "version"), other.value if other else newest("postgres"), other)
    clash = draft.contradicted("database.version")
    if version is None or version.confidence == "guess" or clash is not None:
        draft.ask(
            Question(
                "production.database.version",
                "which major version does production run?",
                ("engine",),
                (contradiction_text(clash),) if clash else (),
                draft.data["production"]["database"]["version"],
            )
        )
    plain = image is None or re.match(r"(docker\.io/|library/)*postgres(:|$)", image.value)
    if image is not None and not plain and re.search(r":\S*\d", image.value):
        draft.put((*place, "image"), image.value, image)


def _schema(draft: Sections, place: tuple[str, str]) -> None:
    facts = draft.facts
    migrate = facts.one("database.migrate")
    command = draft.command(migrate.value) if migrate else None
    files = facts.all("database.sql-file")
    if migrate is not None and command is not None:
        draft.put((*place, "migrate"), command, migrate)
    elif files:
        directory = facts.value("app.directory") or "."
        folders = dict.fromkeys(fact.value.rpartition("/")[0] for fact in files)
        globs = [relative(f"{folder or '.'}/*.sql", directory) for folder in folders]
        draft.put((*place, "sql_files"), globs, files)
    else:
        draft.ask(
            Question(
                "production.database.migrate",
                "which command builds the schema? without one the application does it at its start",
                ("migrations", "schema-drift"),
                (f"{migrate.value} ({evidence([migrate])})",) if migrate else (),
            )
        )


def _variables(draft: Sections, place: tuple[str, str]) -> None:
    facts = [fact for fact in draft.facts.all("database.variable") if "=" in fact.value]
    sure = [fact for fact in facts if fact.confidence != "guess"] or facts
    variables: dict[str, str] = {}
    for fact in sure:
        name, _, template = fact.value.partition("=")
        if name not in variables:
            variables[name] = template
            draft.remark((*place, "env", name), evidence([fact]))
    if any("{host}" in template for template in variables.values()):
        draft.put((*place, "env"), variables)
        return
    told = tuple(f"{name}={template}" for name, template in variables.items())
    draft.put((*place, "env"), {**variables, "DATABASE_URL": URL_VARIABLE})
    draft.ask(
        Question(
            "production.database.env",
            "which variables tell the application its database? "
            "{user} {password} {host} {port} {name} are filled in",
            ("migrations", "entry-points", "journeys"),
            told,
            f"DATABASE_URL={URL_VARIABLE}",
        )
    )


def _environment(draft: Sections, more: tuple[str, ...]) -> None:
    place = ("production", "environment")
    own = set(draft.data["production"]["database"]["env"])
    variables: dict[str, Any] = {}
    for fact in draft.facts.all("environment.required"):
        if fact.value not in own and fact.confidence != "guess":
            value = sample(fact.value, fact.detail)
            variables[fact.value] = {"required": True, "sample": value}
            draft.remark((*place, fact.value), evidence([fact]))
    for fact in draft.facts.all("environment.optional"):
        known = production_value(fact.value, fact.detail)
        if known is not None and fact.value not in own and fact.value not in variables:
            variables[fact.value] = {"sample": known}
            draft.remark((*place, fact.value), f"{evidence([fact])}, has a default")
    source = path_of_source(draft)
    if source and "PYTHONPATH" not in variables:
        variables["PYTHONPATH"] = {"sample": source}
        path = draft.facts.all("production.path")
        said = evidence(path) if path else "the packages lie there, nothing installs them"
        draft.remark((*place, "PYTHONPATH"), said)
    for fact in draft.facts.all("app.flask-app")[:1]:
        variables["FLASK_APP"] = {"sample": fact.value}
        draft.remark((*place, "FLASK_APP"), evidence([fact]))
    for name in more:
        if name not in own and name not in variables:
            variables[name] = {"required": True, "sample": sample(name)}
            draft.remark((*place, name), "the start asked for it")
    if variables:
        draft.put(place, variables)

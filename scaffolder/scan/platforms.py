"""Files of hosting platforms: fly.toml, render.yaml, app.json, railway, heroku.yml, nixpacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from scaffolder.scan.facts import Evidence
from scaffolder.scan.manifest import strings, table, toml
from scaffolder.scan.paths import folder_of, parents
from scaffolder.scan.repository import Repository
from scaffolder.scan.startup import line_of, processes
from scaffolder.scan.tree import Tree, is_below, join
from scaffolder.scan.yaml_lines import Node, document

Kind = Literal["web", "release", "worker", "health", "env", "engine", "version", "python", "image"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a platform's file says; `name` of a variable or of a process."""

    kind: Kind
    value: str
    at: Evidence
    name: str = ""


def near(repository: Repository, path: str) -> bool:
    """Whether a file concerns the application: beside it, above it, or in a folder for it."""
    folder, directory = folder_of(path), repository.directory
    return folder in parents(directory) or is_below(folder, directory)


def said(repository: Repository) -> Iterator[Said]:
    """Everything that the files of platforms say, Procfile apart."""
    tree = repository.tree
    for folder in parents(repository.directory):
        yield from _fly(tree, join(folder, "fly.toml"))
        for name in ("railway.toml", "nixpacks.toml"):
            yield from _toml_start(tree, join(folder, name))
        for name in ("railway.json", "app.json"):
            yield from _json(tree, join(folder, name))
        for name in ("render.yaml", "render.yml"):
            yield from _render(repository, join(folder, name))
        yield from _heroku(tree, join(folder, "heroku.yml"))


def procfile(repository: Repository) -> str | None:
    """The Procfile of the application, its own before one above it."""
    for folder in parents(repository.directory):
        path = join(folder, "Procfile")
        if path in repository.tree and processes(repository.tree, path):
            return path
    return None


def _fly(tree: Tree, path: str) -> Iterator[Said]:
    data = toml(tree, path) if path in tree else {}
    text = tree.text(path) or ""

    def at(value: str) -> Evidence:
        return Evidence(path, line_of(text, value))

    for name, command in table(data, "processes").items():
        if isinstance(command, str) and command:
            kind: Kind = "web" if name in ("app", "web") else "worker"
            yield Said(kind, command, at(command), name)
    release = table(data, "deploy").get("release_command")
    if isinstance(release, str):
        yield Said("release", release, at(release))
    for name, value in table(data, "env").items():
        yield Said("env", str(value), at(f"{name} "), name)
    for check in _checks(data):
        asked = check.get("path")
        if isinstance(asked, str):
            yield Said("health", asked, at(f'"{asked}"'))


def _checks(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Health checks of fly.toml: lists in the service, or named tables."""
    services = data.get("services")
    for service in [table(data, "http_service"), *(services if isinstance(services, list) else [])]:
        if isinstance(service, dict):
            for key in ("checks", "http_checks"):
                found = service.get(key)
                yield from (each for each in found or [] if isinstance(each, dict))
    yield from (each for each in table(data, "checks").values() if isinstance(each, dict))


def _toml_start(tree: Tree, path: str) -> Iterator[Said]:
    data = toml(tree, path) if path in tree else {}
    yield from _railway(data, path, tree.text(path) or "")
    command = table(data, "start").get("cmd")
    if isinstance(command, str):
        yield Said("web", command, Evidence(path, line_of(tree.text(path) or "", command)))


def _railway(data: dict[str, Any], path: str, text: str) -> Iterator[Said]:
    deploy = table(data, "deploy")
    names: tuple[tuple[str, Kind], ...] = (
        ("startCommand", "web"),
        ("healthcheckPath", "health"),
        ("preDeployCommand", "release"),
    )
    for key, kind in names:
        found = deploy.get(key)
        for value in [found] if isinstance(found, str) else strings(found):
            if value:
                yield Said(kind, value, Evidence(path, line_of(text, value)))


def _json(tree: Tree, path: str) -> Iterator[Said]:
    text = tree.text(path) if path in tree else None
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        tree.note(path, "not parsed: no JSON")
        return
    if not isinstance(data, dict):
        return
    yield from _railway(data, path, text or "")
    addons = data.get("addons")
    for addon in addons if isinstance(addons, list) else []:
        plan = addon.get("plan") if isinstance(addon, dict) else addon
        name = str(plan).partition(":")[0]
        at = Evidence(path, line_of(text or "", str(plan)))
        engine = {"heroku-postgresql": "postgres", "jawsdb": "mysql", "cleardb": "mysql"}.get(name)
        if engine:
            yield Said("engine", engine, at)
            version = table(addon, "options").get("version") if isinstance(addon, dict) else None
            if version is not None:
                yield Said("version", str(version), at, engine)


def _render(repository: Repository, path: str) -> Iterator[Said]:
    root = document(repository.tree, path) if path in repository.tree else Node()
    for node in root.get("databases").each():
        at = Evidence(path, node.get("name").line or node.line)
        yield Said("engine", "postgres", at)
        version = node.get("postgresMajorVersion")
        if version.text:
            yield Said("version", version.text, Evidence(path, version.line), "postgres")
    for node in root.get("services").each():
        folder = join(folder_of(path), node.get("rootDir").text or ".")
        if folder not in parents(repository.directory):
            continue
        kind = node.get("type").text or ""
        if kind in ("web", "pserv", "worker"):
            yield from _render_service(node, path, "worker" if kind == "worker" else "web")


def _render_service(node: Node, path: str, kind: Kind) -> Iterator[Said]:
    names: tuple[tuple[str, Kind], ...] = (
        ("startCommand", kind),
        ("dockerCommand", kind),
        ("preDeployCommand", "release"),
        ("healthCheckPath", "health"),
    )
    for key, said_kind in names:
        value = node.get(key)
        if value.text:
            yield Said(said_kind, value.text, Evidence(path, value.line))
    for each in node.get("envVars").each():
        name, value = each.get("key").text, each.get("value")
        if name and value.text:
            found: Kind = "python" if name == "PYTHON_VERSION" else "env"
            yield Said(found, value.text, Evidence(path, value.line), name)


def _heroku(tree: Tree, path: str) -> Iterator[Said]:
    root = document(tree, path) if path in tree else Node()
    for name, node in root.get("run").items().items():
        command = node.text or node.get("command").each()[:1]
        text = command if isinstance(command, str) else (command[0].text if command else None)
        if text:
            yield Said("web" if name == "web" else "worker", text, Evidence(path, node.line), name)
    for node in root.get("release", "command").each()[:1]:
        if node.text:
            yield Said("release", node.text, Evidence(path, node.line))


def runtime_python(tree: Tree, directory: str) -> tuple[str, Evidence] | None:
    """Heroku's runtime.txt: `python-3.12.1`."""
    for folder in parents(directory):
        path = join(folder, "runtime.txt")
        for number, line in enumerate(tree.lines(path) if path in tree else [], 1):
            match = re.match(r"\s*python-(3\.\d+)", line)
            if match:
                return match[1], Evidence(path, number)
    return None

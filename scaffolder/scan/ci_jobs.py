"""Jobs of continuous integration in one form, whatever the provider."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaffolder.scan.facts import Evidence
from scaffolder.scan.manifest import line_of, manifest, pinned
from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.tree import Tree
from scaffolder.scan.yaml_lines import Node, document

_UV_PYTHON = re.compile(
    r"\buv (?:python install|(?:sync|run|venv)\b[^\n;&]*?(?:--python|-p)[ =])\s*"
    r"[\"']?(\$\{\{[^}]*\}\}|3\.\d+)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A text that a shell runs, and the folder that it runs in."""

    text: str
    at: Evidence
    folder: str = "."
    variables: tuple[tuple[str, str, Evidence], ...] = ()


@dataclass(slots=True)
class Job:
    """A job: its commands, the images beside it, the Pythons that it sets up."""

    name: str
    path: str
    steps: list[Step] = field(default_factory=list)
    services: list[tuple[str, Evidence]] = field(default_factory=list)
    """Images, each version of a matrix by itself."""
    pythons: list[tuple[str, Evidence]] = field(default_factory=list)
    systems: list[tuple[str, Evidence]] = field(default_factory=list)
    variables: list[tuple[str, str, Evidence]] = field(default_factory=list)
    uses_uv: bool = False
    fixed: bool = False
    """A file says which Python, even where it names no single one."""


@dataclass(slots=True)
class _Scope:
    """What `${{ }}` can mean in a job."""

    matrix: dict[str, list[tuple[str, int]]]
    env: dict[str, tuple[str, int]]
    inputs: dict[str, tuple[str, int]] = field(default_factory=dict)

    def values(self, node: Node) -> list[tuple[str, int]]:
        """The values of a text with at most one expression; each with its line."""
        text = node.text or ""
        match = re.search(r"\$\{\{\s*(.*?)\s*\}\}", text)
        if match is None:
            return [(line.strip(), node.first) for line in text.split("\n") if line.strip()]
        found = self._expression(match[1])
        return [
            (text[: match.start()] + value + text[match.end() :], line or node.line)
            for value, line in found
        ]

    def _expression(self, text: str) -> list[tuple[str, int]]:
        for part in text.split("||"):
            name = part.strip()
            kind, _, key = name.partition(".")
            if kind == "matrix" and key in self.matrix:
                return self.matrix[key]
            table = {"env": self.env, "inputs": self.inputs}.get(kind, {})
            if key in table:
                return [table[key]]
            if re.fullmatch(r"'[^']*'", name):
                return [(name[1:-1], 0)]
        return []


def workflow_jobs(tree: Tree, path: str) -> Iterator[Job]:
    """The jobs of a GitHub workflow; one that only calls another workflow has no steps."""
    root = document(tree, path)
    everywhere = _env(root.get("env"), path)
    for name, node in root.get("jobs").items().items():
        if node.get("steps").members is None:
            continue
        rows = [*everywhere, *_env(node.get("env"), path)]
        scope = _Scope(_matrix(node.get("strategy", "matrix")), _table(rows))
        job = Job(name, path, variables=rows)
        _surroundings(job, node, scope)
        default = node.get("defaults", "run", "working-directory").text
        default = default or root.get("defaults", "run", "working-directory").text or "."
        for step in node.get("steps").each():
            _step(tree, job, step, scope, default)
        yield job


def _surroundings(job: Job, node: Node, scope: _Scope) -> None:
    for value, line in scope.values(node.get("runs-on")):
        job.systems.append((value, Evidence(job.path, line)))
    for text, line in node.get("runs-on").texts():
        if node.get("runs-on").members is not None:
            job.systems.append((text, Evidence(job.path, line)))
    container = node.get("container")
    image = container if container.text else container.get("image")
    for value, line in scope.values(image):
        job.pythons.append((f"image {value}", Evidence(job.path, line)))
    for service in node.get("services").items().values():
        for value, line in scope.values(service.get("image")):
            job.services.append((value, Evidence(job.path, line)))


def _step(tree: Tree, job: Job, step: Node, scope: _Scope, default: str) -> None:
    run, uses = step.get("run"), step.get("uses").text or ""
    if run.text:
        folder = step.get("working-directory").text or default
        rows = tuple(_env(step.get("env"), job.path))
        job.steps.append(Step(run.text, Evidence(job.path, run.first), _plain(folder), rows))
        for match in _UV_PYTHON.finditer(run.text):
            for value, line in scope.values(Node(run.first, match[1])):
                job.pythons.append((value, Evidence(job.path, line)))
    elif uses.startswith("./"):
        _local(tree, job, uses, step, scope)
    else:
        _action(tree, job, uses, step.get("with"), scope)


def _action(tree: Tree, job: Job, uses: str, given: Node, scope: _Scope) -> None:
    name = uses.partition("@")[0].lower()
    if name.endswith(("/setup-python", "/setup-uv", "/setup-poetry", "/setup-pdm")):
        job.uses_uv = job.uses_uv or name.endswith("/setup-uv")
        for value, line in scope.values(given.get("python-version")):
            job.pythons.append((value, Evidence(job.path, line)))
        file = given.get("python-version-file").text
        path = inside(".", file) if file and "$" not in file else None
        if path and is_file(tree, path):
            job.pythons += _from_file(tree, path)
        job.fixed = job.fixed or bool(file)
    elif "postgres" in name:
        wanted = given.get("postgresql version") or given.get("postgres-version")
        for value, line in scope.values(wanted):
            job.services.append((f"postgres:{value}", Evidence(job.path, line)))


def _from_file(tree: Tree, path: str) -> Iterator[tuple[str, Evidence]]:
    if path.endswith("pyproject.toml"):
        required = manifest(tree, folder_of(path)).project.get("requires-python")
        single = pinned(required) if isinstance(required, str) else None
        if single and single[1]:
            yield single[0], Evidence(path, line_of(tree, path, "requires-python"))
        return
    for number, line in enumerate(tree.lines(path), 1):
        match = re.match(r"\s*(?:python[- ])?(3\.\d+)", line)
        if match and not path.endswith(".toml"):
            yield match[1], Evidence(path, number)
            return


def _local(tree: Tree, job: Job, uses: str, step: Node, scope: _Scope) -> None:
    """A composite action of the repository: what it sets up belongs to the job."""
    folder = inside(".", uses.removeprefix("./"))
    for name in ("action.yml", "action.yaml"):
        path = f"{folder}/{name}"
        if folder is None or not is_file(tree, path):
            continue
        root = document(tree, path)
        inner = _Scope(scope.matrix, scope.env)
        part = Job(job.name, path)
        for key, node in root.get("inputs").items().items():
            given = step.get("with", key)
            values = scope.values(given) if given else []
            if given and len(values) > 1:
                inner.matrix[f"inputs:{key}"] = values
            value = values[0] if values else (node.get("default").text or "", 0)
            inner.inputs[key] = value
        for each in root.get("runs", "steps").each():
            if not (each.get("uses").text or "").startswith("./"):
                _step(tree, part, each, inner, ".")
        for key, values in inner.matrix.items():
            if key.startswith("inputs:") and part.pythons:
                part.pythons = [(value, Evidence(job.path, line)) for value, line in values]
        job.pythons += part.pythons
        job.uses_uv = job.uses_uv or part.uses_uv


def _plain(folder: str) -> str:
    return "." if "$" in folder else (inside(".", folder) or ".")


def _env(node: Node, path: str) -> list[tuple[str, str, Evidence]]:
    return [
        (name, value.text, Evidence(path, value.line))
        for name, value in node.items().items()
        if value.text is not None
    ]


def _table(rows: list[tuple[str, str, Evidence]]) -> dict[str, tuple[str, int]]:
    return {name: (value, at.line or 0) for name, value, at in rows if "${{" not in value}


def _matrix(node: Node) -> dict[str, list[tuple[str, int]]]:
    """Values of each key, those of `include` too."""
    found: dict[str, list[tuple[str, int]]] = {}
    for key, values in node.items().items():
        if key in ("include", "exclude"):
            continue
        found[key] = [*values.texts()] if values.members is not None else _from_json(values)
    for each in node.get("include").each():
        for key, value in each.items().items():
            if value.text is not None:
                rows = found.setdefault(key, [])
                if value.text not in [text for text, _ in rows]:
                    rows.append((value.text, value.line))
    return found


def _from_json(node: Node) -> list[tuple[str, int]]:
    match = re.search(r"fromJSON\('(\[[^']*\])'\)", node.text or "", re.IGNORECASE)
    try:
        values = json.loads(match[1]) if match else []
    except (ValueError, RecursionError):
        return []
    return [(str(value), node.line) for value in values]

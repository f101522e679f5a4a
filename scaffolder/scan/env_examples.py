"""Values of variables that stand in example files, compose files, images and CI."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scaffolder.scan.tree import Tree, is_below

_LINE = re.compile(
    r"""^[ \t]*(?:\#[ \t]?)?(?:-[ \t]*)?(?:export[ \t]+|ENV[ \t]+|ARG[ \t]+)?["']?
    (?P<name>[A-Za-z_][A-Za-z0-9_]*)["']?(?P<sign>[ ]?=[ ]?|:[ \t]+)(?P<value>.*?)[ \t]*\\?$""",
    re.VERBOSE,
)
_EXAMPLE = re.compile(
    r"(?:^|/)(?:\.?env[.\-_](?:example|sample|template|dist|default|defaults|tmpl|tpl)[^/]*"
    r"|(?:example|sample|template|default)s?\.env|\.?env[.\-_][\w\-]*[.\-_](?:example|sample|template)"
    r"|[\w\-]*\.env\.(?:example|sample|template|dist)|[\w\-.]+\.env\.example|\.example\.env"
    r"|\.sample\.env|env_(?:example|sample)|example\.envrc|\.envrc\.example)$"
)
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[\w.\-]*\.ya?ml$")
_DEVELOPMENT = re.compile(r"(?:dev|override|test|local|ci)\b|devcontainer")
_IMAGE = re.compile(r"(?:^|/)(?:[\w\-]*Dockerfile[\w.\-]*|Procfile|app\.json|render\.yaml)$")
_CI = re.compile(r"(?:^|/)(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.travis\.yml)$")
_DOTENV = re.compile(r"(?:^|/)(?:\.envs?/[^/].*|[\w\-]*\.env(?:\.[\w\-]+)?)$")


@dataclass(frozen=True, slots=True)
class Example:
    """A value as it stands in a file; `kind`: example, compose, image, env, ci or docs."""

    value: str
    path: str
    line: int
    kind: str


@dataclass(slots=True)
class Examples:
    """Values by name of the variable, the most telling first."""

    values: dict[str, list[Example]] = field(default_factory=dict)
    example_files: list[str] = field(default_factory=list)
    compose_files: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, tree: Tree, directory: str) -> Examples:
        """Files of the application's folder first, then those of the folders above it."""
        found = cls()
        kinds = [(path, kind) for path in tree.files if (kind := _kind(path, directory))]
        for path, kind in sorted(kinds, key=lambda pair: not is_below(pair[0], directory)):
            if kind == "example":
                found.example_files.append(path)
            elif kind == "compose":
                found.compose_files.append(path)
            for number, line in enumerate(tree.lines(path), 1):
                match = _LINE.match(line) if len(line) < 2000 else None
                if match:
                    value = _clean(match["value"], kind)
                    row = Example(value, path, number, kind)
                    found.values.setdefault(match["name"], []).append(row)
        return found

    def first(self, name: str, *kinds: str) -> Example | None:
        """The first value of a variable that is not empty, in the order of the kinds."""
        for kind in kinds:
            for row in self.values.get(name, ()):
                if row.kind == kind and row.value:
                    return row
        return None

    def named_in(self, name: str, *kinds: str) -> bool:
        """Whether files of these kinds name a variable at all."""
        return any(row.kind in kinds for row in self.values.get(name, ()))


def _kind(path: str, directory: str) -> str | None:
    """Which kind of evidence a file is; None for all others, and for those of other parts."""
    folder = path.rpartition("/")[0]
    near = is_below(path, directory) or folder == "" or is_below(directory, folder)
    near = near or folder.split("/")[0] in (".github", ".envs", "docker", "deploy", "deployment")
    if not near or path.count("/") > directory.count("/") + 4:
        return None
    if _EXAMPLE.search(path):
        return "example"
    if _COMPOSE.search(path):
        return "dev" if _DEVELOPMENT.search(path) else "compose"
    if _IMAGE.search(path):
        return "image"
    if _CI.search(path):
        return "ci"
    return "env" if _DOTENV.search(path) else None


def _clean(value: str, kind: str) -> str:
    """Without quotes, comments, and the `${NAME:-default}` of compose."""
    value = value.strip()
    if value[:1] in "\"'" and value[-1:] == value[:1] and len(value) > 1:
        value = value[1:-1]
    elif " #" in value:
        value = value.partition(" #")[0].rstrip().strip("\"'")
    else:
        value = value.rstrip("\"',")
    default = re.fullmatch(r"\$\{\w+:?-(.*)\}", value)
    if default:
        value = default[1]
    if kind in ("compose", "dev", "ci") and re.fullmatch(r"\$\{\{.*\}\}|\$\{?\w+[^}]*\}?", value):
        return ""
    return value

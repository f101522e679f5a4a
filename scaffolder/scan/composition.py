"""Compose files: which one is production's, and its services with what overrides them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.shell_words import expand, word_set
from scaffolder.scan.tree import Tree
from scaffolder.scan.yaml_lines import MISSING, Node, document

_NAME = re.compile(r"(docker-)?compose.*|.*[.-]compose\.ya?ml|stack\.ya?ml")
_WORDS = re.compile(r"[a-z]+")
_OTHER = word_set(
    "dev devel develop development test tests testing local ci debug override overrides e2e example"
    " sample demo devcontainer playground benchmark bench lint docs doc profiling perf ide watch"
    " hot reload unittest integration cypress playwright tools"
)
_PROD = frozenset({"prod", "production", "deploy", "release", "live", "server", "stack"})
_ASIDE = re.compile(
    r"(^|/)(\.[^/]+|tests?|examples?|docs?|e2e|benchmarks?|demos?|samples?|ci|regtest|contrib"
    r"|dev|local|development|testing|playground)/"
)
_REMARK = re.compile(
    r"(?i)\bnot\b[^.]*\bproduction\b|\b(develop(ment|ing|ers?)?|dev|tests?|testing)\b|\bproduction\b"
)
"""What a comment on the top says; the first word of these decides."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service; `layers` are its definitions, the strongest first, each with its file."""

    name: str
    layers: tuple[tuple[str, Node], ...]
    folder: str
    """What paths of the file are relative to."""
    variables: tuple[tuple[str, str], ...] = ()
    """Of the `.env` file beside it, where the repository has one."""
    env_files: tuple[tuple[str, str, str, int], ...] = ()
    """Name, value, file and line of what `env_file` names, the strongest first."""

    def find(self, *path: str) -> tuple[str, Node]:
        """A value and its file; the empty node where no layer has it."""
        for file, node in self.layers:
            found = node.get(*path)
            if found:
                return file, found
        return self.layers[0][0], MISSING

    def text(self, *path: str) -> str:
        """A text with its variables put in, as far as they have a value; "" when missing."""
        return self.filled(self.find(*path)[1].text or "")

    def filled(self, text: str) -> str:
        """A text with variables and defaults; `$$` is one `$`."""
        return expand(text, dict(self.variables)).replace("$$", "$")

    def environment(self) -> Iterator[tuple[str, str | None, str, int]]:
        """Name, value as written (None: handed through), file and line of each variable."""
        seen: set[str] = set()
        for file, node in self.layers:
            for name, value, line in variables(node.get("environment")):
                if name not in seen:
                    seen.add(name)
                    yield name, value, file, line
        for name, value, file, line in self.env_files:
            if name not in seen:
                seen.add(name)
                yield name, value, file, line

    @property
    def image(self) -> str:
        """The image with its variables; "" when none is named."""
        return self.text("image")

    def build(self) -> tuple[str, str, str] | None:
        """Dockerfile, context (seen from the root) and target; None when it is not built."""
        node = self.find("build")[1]
        if not node:
            return None
        short = node.text is not None
        written = self.filled(node.text or "") if short else self.text("build", "context") or "."
        if "://" in written or written.startswith(("git@", "/")) or "$" in written:
            return None
        context = inside(self.folder, written)
        if context is None:
            return None
        file = "" if short else self.text("build", "dockerfile")
        path = inside(context, file or "Dockerfile")
        return (path, context, "" if short else self.text("build", "target")) if path else None


def variables(node: Node) -> Iterator[tuple[str, str | None, int]]:
    """`environment:` in both of its forms."""
    if node.members is not None:
        for text, line in node.texts():
            name, equals, value = text.partition("=")
            yield name.strip(), value if equals else None, line
    for name, found in node.items().items():
        if found.members is None and found.entries is None:
            empty = found.text is None or (found.plain and found.text in ("", "~", "null"))
            yield name, None if empty else found.text, found.line


@dataclass(frozen=True, slots=True)
class Composition:
    """Services that are started together. production: the name says nothing else."""

    path: str
    services: tuple[Service, ...]
    production: bool

    def service(self, name: str) -> Service | None:
        """A service by its name."""
        return next((each for each in self.services if each.name == name), None)


def compose_files(tree: Tree) -> list[str]:
    """All compose files, also those for development."""
    found = (path for path in tree.files if path.endswith((".yml", ".yaml")))
    return [path for path in found if _NAME.fullmatch(path.rpartition("/")[2])]


def kind(tree: Tree, path: str) -> str:
    """prod, base or other, by the name of a file and the comment on its top."""
    words = set(_WORDS.findall(path.rpartition("/")[2].lower()))
    if _ASIDE.search(path) or words & _OTHER:
        return "other"
    if words & _PROD:
        return "prod"
    remark = []
    for line in tree.lines(path)[:15]:
        if line.strip() and not line.lstrip().startswith("#"):
            break
        remark.append(line.strip(" #"))
    match = _REMARK.search(" ".join(remark))
    return "other" if match and match[0].lower() != "production" else "base"


@lru_cache(maxsize=1)  # several detectors ask one after the other
def compositions(tree: Tree, directory: str) -> list[Composition]:
    """What is started together, production's first; files for development alone last."""
    files = compose_files(tree)
    kinds = {path: kind(tree, path) for path in files}
    ranked = sorted(
        files,
        key=lambda path: (("prod", "base", "other").index(kinds[path]), _far(path, directory)),
    )
    found = []
    for path in ranked:
        beside = [
            each
            for each in files
            if kinds[each] == "base" and folder_of(each) == folder_of(path) and each != path
        ]
        services = _services(tree, path, beside if kinds[path] == "prod" else [])
        if services:
            found.append(Composition(path, services, kinds[path] != "other"))
    return found


def _far(path: str, directory: str) -> tuple[int, int, str]:
    """Beside the application first, then above it, then anywhere."""
    folder = folder_of(path)
    related = folder in (".", directory) or directory.startswith(f"{folder}/")
    return (0 if folder == directory else 1 if related else 2, path.count("/"), path)


def _services(tree: Tree, path: str, beside: list[str]) -> tuple[Service, ...]:
    """The services of a file; where some can't stand alone, the base file's lie below."""
    own = document(tree, path).get("services").items()
    whole = all(
        node.get("image") or node.get("build") or node.get("extends") for node in own.values()
    )
    layers: dict[str, list[tuple[str, Node]]] = {}
    for file in [path, *([] if whole else beside[:1])]:
        for name, node in document(tree, file).get("services").items().items():
            if node.entries is not None:
                layers.setdefault(name, []).append((file, node))
                _extended(tree, file, node, layers[name])
    folder = folder_of(path)
    known = tuple((name, value) for name, value, _, _ in _env_file(tree, inside(folder, ".env")))
    return tuple(
        Service(name, tuple(found), folder, known, tuple(_env_files(tree, folder, found)))
        for name, found in layers.items()
    )


def _env_files(
    tree: Tree, folder: str, layers: list[tuple[str, Node]]
) -> Iterator[tuple[str, str, str, int]]:
    for _, node in layers:
        for each in reversed(node.get("env_file").each()):
            named = each.text or each.get("path").text
            yield from reversed(list(_env_file(tree, inside(folder, named or ".env"))))


def _extended(tree: Tree, file: str, node: Node, found: list[tuple[str, Node]]) -> None:
    """Add what `extends` names."""
    for _ in range(4):
        extends = node.get("extends")
        name = extends.text or extends.get("service").text
        other = extends.get("file").text
        file = (inside(folder_of(file), other) or "") if other else file
        if not name or not is_file(tree, file):
            return
        node = document(tree, file).get("services", name)
        if node.entries is None or any(node is each for _, each in found):
            return
        found.append((file, node))


def _env_file(tree: Tree, path: str | None) -> Iterator[tuple[str, str, str, int]]:
    if path and is_file(tree, path):
        for number, line in enumerate(tree.lines(path), 1):
            match = re.match(r"\s*(?:export\s+)?(\w+)=(.*)", line)
            if match:
                yield match[1], match[2].strip().strip("'\""), path, number

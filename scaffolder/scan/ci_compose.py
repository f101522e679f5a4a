"""Which images `docker compose` starts beside the tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scaffolder.scan.composition import compose_files, compositions
from scaffolder.scan.facts import Evidence
from scaffolder.scan.paths import folder_of, inside
from scaffolder.scan.shell_words import simple_commands, word_set
from scaffolder.scan.tree import Tree
from scaffolder.scan.wrappers import base

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_WITH_VALUE = word_set(
    "--profile --env-file -p --project-name --project-directory --scale -t --timeout"
    " --exit-code-from --attach -e --env -w -u -v"
)


def started(tree: Tree, text: str, folder: str, directory: str) -> Iterator[tuple[str, Evidence]]:
    """Image and place of each service that the commands of a CI step start.

    `up` starts those it names, or all; `run` starts what its service depends on.
    """
    for each in simple_commands(text):
        words = list(each.words)
        if words[:2] == ["docker", "compose"]:
            words = words[2:]
        elif words and base(words[0]) == "docker-compose":
            words = words[1:]
        else:
            continue
        files, rest = _files(words)
        paths = [path for name in files if (path := inside(folder, name))]
        path = next(iter(paths or _default(tree, folder)), None)
        if path is not None and rest[:1] in (["up"], ["run"]):
            yield from _images(tree, path, directory, rest)


def _files(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """What `-f` names, and the words that are no option."""
    files: list[str] = []
    rest: list[str] = []
    given = iter(words)
    for word in given:
        if word in ("-f", "--file"):
            files.append(next(given, ""))
        elif word.startswith("--file="):
            files.append(word.partition("=")[2])
        elif word in _WITH_VALUE:
            next(given, "")
        elif not word.startswith("-"):
            rest.append(word)
    return files, rest


def _default(tree: Tree, folder: str) -> list[str]:
    known = compose_files(tree)
    beside = [path for path in known if folder_of(path) == folder]
    return [path for name in _NAMES for path in beside if path.rpartition("/")[2] == name]


def _images(
    tree: Tree, path: str, directory: str, rest: Sequence[str]
) -> Iterator[tuple[str, Evidence]]:
    group = next((one for one in compositions(tree, directory) if one.path == path), None)
    if group is None:
        return
    named = rest[1:2] if rest[0] == "run" else rest[1:]
    names = list(named) or [service.name for service in group.services]
    for name in names:  # grows while it runs
        service = group.service(name)
        if service is None:
            continue
        needed = service.find("depends_on")[1]
        others = [*needed.items(), *(text for text, _ in needed.texts())]
        names += [other for other in others if other not in names]
        file, node = service.find("image")
        if service.image and (rest[0] == "up" or name not in named):
            yield service.image, Evidence(file, node.line)

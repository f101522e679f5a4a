"""Where a file of an image comes from in the repository, by COPY, ADD and bind mounts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from scaffolder.scan.dockerfile import Dockerfile, Instruction, Stage
from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.shell_words import expand
from scaffolder.scan.tree import Tree


@dataclass
class Build:
    """A Dockerfile as it is built: its context, and the stage that is the image.

    path: of the Dockerfile. sources: stages whose files end in the image. score: how sure it is
    that this is the application's.
    """

    tree: Tree
    path: str
    context: str
    file: Dockerfile
    last: Stage
    application: str
    score: int = 0
    place: str = "image"

    @cached_property
    def sources(self) -> list[Stage]:
        """The stages whose files end in the image."""
        return self.file.sources(self.last)

    @cached_property
    def _copies(self) -> list[tuple[str, str]]:
        """Pairs of a path in the image and the pattern in the context, in order."""
        return [pair for stage in self.sources for pair in _copied(stage)]

    @property
    def folder(self) -> str:
        """Where the container starts."""
        return next(reversed(list(workdirs(self.last))), ("/", 0))[0]

    def locate(self, path: str, workdir: str | None = None) -> str | None:
        """The file of the repository that a path in the image means."""
        path = expand(path, self.last.variables)
        if not path or "$" in path:
            return None
        full = posixpath.normpath(posixpath.join(workdir or self.folder, path))
        for target, pattern in reversed(self._copies):
            found = self._behind(full, target, pattern)
            if found is not None:
                return found
        return self._by_tail(full)

    def _behind(self, full: str, target: str, pattern: str) -> str | None:
        source = inside(self.context, pattern)
        if source is None:
            return None
        if any(sign in pattern for sign in "*?["):
            same = fnmatchcase(posixpath.basename(full), posixpath.basename(pattern))
            if not same or posixpath.dirname(full) != target.rstrip("/"):
                return None
            found = inside(folder_of(source), posixpath.basename(full))
        elif is_file(self.tree, source):
            name = posixpath.join(target, posixpath.basename(source))
            into = full == posixpath.normpath(name)
            found = source if into or full == posixpath.normpath(target) else None
        else:
            base = posixpath.normpath(target)
            below = full.startswith(base.rstrip("/") + "/")
            found = inside(source, posixpath.relpath(full, base)) if below else None
        return found if found and is_file(self.tree, found) else None

    def _by_tail(self, full: str) -> str | None:
        """Without a COPY that tells: the longest end of the path that is a file somewhere near."""
        parts = full.strip("/").split("/")
        for start in range(len(parts)):
            for folder in (self.context, folder_of(self.path), self.application):
                found = inside(folder, "/".join(parts[start:]))
                if found and is_file(self.tree, found):
                    return found
        return None


def workdirs(stage: Stage) -> Iterator[tuple[str, int]]:
    """The working directories of a stage in order, each with the line that sets it."""
    current = "/"
    for each in stage.chain():
        for instruction in each.instructions:
            if instruction.name == "WORKDIR":
                path = expand("".join(instruction.words[:1]), each.variables)
                current = posixpath.normpath(posixpath.join(current, path or "."))
                yield current, instruction.line


def workdir_at(stage: Stage, line: int) -> str:
    """The working directory that counts in a line of a stage."""
    return next((path for path, at in reversed(list(workdirs(stage))) if at <= line), "/")


def _copied(stage: Stage) -> Iterator[tuple[str, str]]:
    for each in stage.instructions:
        if each.name in ("COPY", "ADD") and not any(key == "from" for key, _ in each.flags):
            yield from _copy(stage, each)
        for key, value in each.flags:
            if key == "mount" and "type=bind" in value and "from=" not in value:
                options = dict(part.partition("=")[::2] for part in value.split(","))
                source = options.get("source") or options.get("src") or "."
                target = options.get("target") or options.get("dst") or source
                yield posixpath.join(workdir_at(stage, each.line), target), source


def _copy(stage: Stage, each: Instruction) -> Iterator[tuple[str, str]]:
    words = [expand(word, stage.variables) for word in each.words]
    if len(words) < 2 or any("$" in word or "<<" in word for word in words):
        return
    target = posixpath.join(workdir_at(stage, each.line), words[-1])
    for source in words[:-1]:
        yield target, source

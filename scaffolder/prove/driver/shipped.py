"""Faults of what ships: a data file, or a distribution that the lock should name, is not there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scaffolder.prove.driver.copied import Copied, evidence, first_line
from scaffolder.prove.driver.imported import Needed, candidates
from scaffolder.prove.driver.locks import without
from scaffolder.prove.driver.results import Result
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.tree import Tree, site_of
from support.install.environment import Environment
from support.install.request import request
from support.install.uv_job import InstallFailed


class Shipped:
    """`data_file`: one that the application opens; `lock`: one that the code imports."""

    def __init__(self, copied: Copied) -> None:
        self.copied, self.shared = copied, copied.shared
        self._opened: dict[Path, list[str]] | None = None

    def prove(self, fault: Mapping[str, Any], _: Callable[[Target], bool]) -> Iterator[Result]:
        """For each file, or distribution; the last worker does it, with a copy of its own."""
        number, workers = self.copied.part
        if number != workers - 1:
            return iter(())
        lock = fault["removes"] == "lock"
        return self.copied.prove(fault, self._lock if lock else self._data_file)

    def _data_file(self, fault: Mapping[str, Any], tree: Tree) -> Iterator[Result]:
        opened = self._traced(tree)
        for path in sorted(opened):
            if self.copied.is_asked(Target(fault["id"], path.as_posix())):
                yield self._missing(fault, tree, path, opened[path])
        unread = sorted(set(tree.shipped()) - set(opened))
        if self.copied.is_asked(Target(fault["id"])) and (unread or not opened):
            named = ", ".join(map(str, unread[:5])) + (", ..." if len(unread) > 5 else "")
            why = f"{len(unread)} data files are never opened while the tests run: {named}"
            why = why if unread else "the packages hold no data files"
            yield self.copied.unmet(fault, why)

    def _traced(self, tree: Tree) -> dict[Path, list[str]]:
        """All tests once, from the copy with nothing altered: data files -> who opened them."""
        if self._opened is None:
            opened: dict[Path, list[str]] = {}

            def note(ran: Ran) -> bool:
                for path in tree.data_files(tree.asked()):
                    opened.setdefault(path, []).append(ran.test)
                return False

            with tree.running(self.copied.runner):
                done, _ = self.copied.runner.run(self.copied.items, enough=note)
            red = {ran.test for ran in done if ran.reds}
            self.copied.items = [item for item in self.copied.items if item.nodeid not in red]
            self._opened = opened
        return self._opened

    def _missing(
        self, fault: Mapping[str, Any], tree: Tree, path: Path, openers: Sequence[str]
    ) -> Result:
        begin = time.perf_counter()
        items = sorted(self.copied.items, key=lambda item: item.nodeid not in openers)
        with tree.lacking(path), tree.running(self.copied.runner):
            opening = [item for item in items if item.nodeid in openers]
            done, late = self.copied.run(fault, items, opening)
            asked = tree.asked()
        seen = evidence(done, late=late, meeting=set(openers))
        seen.active = tree.runs_here(asked)
        target = Target(fault["id"], path.as_posix())
        seconds = time.perf_counter() - begin
        return self.copied.judged(target, fault, seen, tree, why="", seconds=seconds)

    def _lock(self, fault: Mapping[str, Any], tree: Tree) -> Iterator[Result]:
        site = site_of(tree.environment)
        needed = candidates(tree.source, self.shared.settings.PACKAGES, site)
        if not needed:
            why = "all that the code imports is brought by something else, too"
            yield self.copied.unmet(fault, why)
        for one in needed:
            if self.copied.is_asked(Target(fault["id"], one.name)):
                yield self._stale(fault, tree, one)

    def _stale(self, fault: Mapping[str, Any], tree: Tree, needed: Needed) -> Result:
        target, begin = Target(fault["id"], needed.name), time.perf_counter()
        environment = self._built_without(tree, needed)
        if isinstance(environment, str):
            return self.copied.unmet(fault, environment, needed.name)
        about = self.copied.restarted.about("dependencies")
        items = sorted(self.copied.items, key=lambda item: item.nodeid not in about)
        with tree.running(self.copied.runner, environment=environment):
            done, late = self.copied.run(fault, items)
            asked = tree.asked()
        seen = evidence(done, late=late, meeting=set())
        seen.infected = seen.reached = max(len(asked.modules), seen.infected)
        # Without its framework an application may load none of its own code.
        seen.active = bool(asked.modules) or tree.runs_here(asked)
        places = sorted(needed.use.loading | needed.use.later)
        why = "" if seen.infected else f"no process asked for it; {', '.join(places[:3])} would"
        seconds = time.perf_counter() - begin
        return self.copied.judged(target, fault, seen, tree, why=why, seconds=seconds)

    def _built_without(self, tree: Tree, needed: Needed) -> Environment | str:
        """The environment that is built from a lock without it; or why it can't be missing."""
        wanted = request(tree.repository, self.shared.settings, own_suite=False)
        locks = [
            path
            for path in wanted.inputs()
            if path == wanted.lock or path.suffix in (".txt", ".in")
        ]
        held = {path: path.read_bytes() for path in locks}
        try:
            if not any([without(path, needed.name) for path in locks]):
                return f"{wanted.lock.name} does not name it: app.install.extra or the image does"
            environment = tree.installed(needed.modules)
        except InstallFailed as problem:
            return f"such a lock can't be installed, so nothing ships: {first_line(problem)}"
        finally:
            for path, text in held.items():
                path.write_bytes(text)
        if any(_is_there(environment, module) for module in needed.modules):
            return f"{needed.name} is installed all the same: something else brings it"
        return environment


def _is_there(environment: Environment, module: str) -> bool:
    site = site_of(environment)
    return (site / module).is_dir() or (site / f"{module}.py").is_file()

"""Suggestions for the faults that survived: a run of its own, after that of the faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scaffolder.observe.driver.world import World
from scaffolder.prove.driver.harness import Prover, Tell, run
from scaffolder.prove.driver.proposals import Missed, Proposer
from support.database.cluster import Database
from support.journeys.journey import journeys
from support.journeys.stage import Stage

WORK: list[Callable[[Stage, Database], None]] = []
"""For the test of suggesting.py."""
TEST = Path(__file__).resolve().parent / "suggesting.py"


class Suggester(Prover):
    """A pytest plugin: the one test is run, and does it all."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Tell a suggestion for each survivor, and what becomes of the journeys."""
        assert self.runner
        self.runner.begin(session)
        WORK.append(self.suggest)
        done, _ = self.runner.run(session.items)
        if done[0].reds:
            raise SystemExit(f"suggestions: {done[0].reds[0].message}")
        return True

    def suggest(self, stage: Stage, database: Database) -> None:
        """On a stage of the harness, with its database as the migrations leave it."""
        assert self.injector
        world = World(stage.ready, database, stage.run, self.settings)
        world.logins.update(self.settings.LOGINS)
        proposer = Proposer(world, self.injector, journeys(self.settings), database.fingerprint())
        try:
            for survivor in self.job["survivors"]:
                self.say(f"what would catch {survivor['id']}")
                fault = self.faults[survivor["fault"]]
                missed = Missed(
                    survivor["id"], fault, survivor["table"], survivor["column"], survivor["met"]
                )
                scene, why = proposer.propose(missed)
                number = None if scene is None else proposer.scenes.index(scene)
                self.tell({"event": "suggestion", "fault": missed.id, "why": why, "scene": number})
        finally:
            world.close()
        for number, scene in enumerate(proposer.scenes):
            if scene.puts:
                told = {"scene": number, "source": scene.source, "at": scene.at}
                self.tell({"event": "grown", **told, "puts": scene.puts})


def prove(job: Mapping[str, Any], tell: Tell) -> None:
    """Everything. Raises Unavailable."""
    settings = import_module("support.settings")
    run(Suggester(job, settings, tell), [str(TEST)])

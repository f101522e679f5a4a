"""Who met what: also a test that goes on from what another one had prepared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.runner import Ran, Runner
from scaffolder.prove.driver.trace import read
from support.journeys.client import Client
from support.journeys.journey import Journey
from support.journeys.stage import Stage

LINE = "2027-01-01 LOG:  PARITY|T|customers|INSERT|ghost-insert\n"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    (tmp_path / "log").write_text("")
    return Runner(Log(tmp_path / "log"), "admin")


def test_what_the_setup_wrote_counts_for_each_test_that_resumes_it(runner: Runner) -> None:
    client = Client("http://127.0.0.1:1", {})
    stage = SimpleNamespace(done=False)

    def prepared(journey: Journey) -> Client:
        if not stage.done:
            runner.log.path.write_text(LINE)
        stage.done = True
        return client

    stage.prepared = prepared
    runner.watch(cast(Stage, stage))
    first, second = Ran("first"), Ran("second")

    for ran in (first, second):
        runner._running = ran
        stage.prepared(Journey("order", {"post": "/orders"}))

    assert first.prepared == [] and len(second.prepared) == 1
    assert read([second], {}).writes == {("INSERT", "customers"): ["second"]}

"""Switch off each assertion of a generated harness, and see what is then no longer noticed.

    python tests/mutate.py [--example NAME]... [--proof ID]... [--again]

Every place that judges (mutation/places.py) is tried with breakages of the examples, with faults of
`parity prove`, and with altered schemas (mutation/attempts.yaml): the check that is named there
runs, and again with each place switched off that had complained. What was measured is kept in
mutation/tried.json, so that a run may be interrupted (--again: also what is there already);
docs/mutations.md is made of it. What nothing proves stands in mutation/reasons.yaml with its
reason, or it goes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from mutation import page
from mutation.page import Tried
from mutation.places import Place, blueprint, instrumented, judging

from scaffolder.catalog.load_faults import faults
from scaffolder.demo.examples import Breakage, examples
from scaffolder.demo.trial import Trial
from scaffolder.observe.child import place_driver
from scaffolder.observe.harness_python import harness_python
from scaffolder.prove.process import DRIVER

TESTS = Path(__file__).resolve().parent
HARNESS = Path("tests", "parity")
MEASURED = TESTS / "mutation" / "tried.json"
OPTIONS = ("-c", "pytest.ini", "--confcutdir=.", "-p", "support.fixtures", "-p", "mutation.trying")
SECONDS = 1800
TRIGGER = """
    CREATE FUNCTION altered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {do}; RETURN NEW; END $$;
    CREATE TRIGGER altered BEFORE INSERT OR UPDATE ON {write}
        FOR EACH ROW EXECUTE FUNCTION altered();
"""


class NothingRan(Exception):
    """The tests did not get so far as to say anything; the text has their last lines."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a check must notice: a patch, a fault of `parity prove`, SQL, or an edit."""

    example: str
    id: str
    check: str
    breakage: Breakage | None = None
    fault: Mapping[str, Any] | None = None
    edit: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        return f"{self.example}/{self.check}: {self.id}"


def attempts() -> list[Attempt]:
    """All, example by example; those of a check behind each other."""
    listed = yaml.safe_load((TESTS / "mutation" / "attempts.yaml").read_text(encoding="utf-8"))
    found = []
    for example, names in listed["breakages"].items():
        known = {one.id: one for one in examples()[example].breakages()}
        found += [Attempt(example, name, str(known[name].check), known[name]) for name in names]
    for example, checks in listed["faults"].items():
        found += [
            _attempt(example, check, one)
            for check, faults_of_check in checks.items()
            for one in faults_of_check
        ]
    return sorted(found, key=lambda attempt: attempt.example)


def _attempt(example: str, check: str, given: str | Mapping[str, str]) -> Attempt:
    """One line of attempts.yaml."""
    if isinstance(given, str):
        return Attempt(example, given, check, fault={"statements": given})
    if "edit" in given:
        name = f"{given['edit']}: {given['new']}"
        return Attempt(example, " ".join(name.split()), check, edit=given)
    if "write" in given:
        name = f"a row of {given['write']}: {given['do']}"
        return Attempt(example, name, check, fault={"statements": TRIGGER.format(**given)})
    ((name, place),) = given.items()
    table, _, column = place.partition(".")
    armed = {"entry": faults()[name].as_json(), "table": table, "column": column}
    return Attempt(example, f"{name}:{place}", check, fault=armed)


def begin(name: str, folder: Path) -> Trial:
    """An example with its harness, instrumented and committed."""
    trial = Trial.begin(examples()[name], folder)
    trial.scaffold()
    harness = folder / HARNESS
    for path in judging(harness):
        source, _ = instrumented(path.read_text(encoding="utf-8"), blueprint(path, harness))
        path.write_text(source, encoding="utf-8")
    trial.commit("Instrumented")
    return trial


def batches(waiting: Sequence[Attempt]) -> Iterator[list[Attempt]]:
    """Faults of one check run in one process; a breakage needs one of its own."""
    for _, same in groupby((one for one in waiting if one.fault), key=lambda one: one.check):
        yield list(same)
    for attempt in waiting:
        if not attempt.fault:
            yield [attempt]


def measure(trial: Trial, batch: Sequence[Attempt]) -> list[Tried]:
    """Its check, and again with each place switched off that complains. Raises NothingRan."""
    trial.restore()
    if batch[0].breakage is not None:
        trial.apply(batch[0].breakage)
    if (edit := batch[0].edit) is not None:
        path = trial.folder / edit["edit"]
        text = path.read_text(encoding="utf-8")
        assert edit["old"] in text, batch[0].name
        path.write_text(text.replace(edit["old"], edit["new"]), encoding="utf-8")
    try:
        found = _run(trial.folder / HARNESS, batch)
    finally:
        trial.restore()
    return [
        Tried(attempt.name, list(one["red"]), one["places"])
        for attempt, one in zip(batch, found, strict=True)
    ]


def _run(harness: Path, batch: Sequence[Attempt]) -> list[dict[str, Any]]:
    (file,) = harness.glob(f"*_{batch[0].check.replace('-', '_')}.py")
    with tempfile.TemporaryDirectory() as place:
        told, driver = Path(place, "tried.json"), Path(place, "driver")
        place_driver(DRIVER, driver)
        done = subprocess.run(
            [harness_python(harness / "requirements.txt"), "-m", "pytest", *OPTIONS, file.name],
            cwd=harness,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, (harness, TESTS, driver))),
                "PARITY_STRICT": "0",
                "PARITY_TRIED": str(told),
                "PARITY_FAULTS": json.dumps([attempt.fault or {} for attempt in batch]),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if not told.exists():
            raise NothingRan(f"{batch[0].name}: {(done.stdout + done.stderr)[-1500:]}")
        found: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
        return found


def places() -> list[Place]:
    """Of all blueprints; the journeys' template as it is rendered."""
    root = TESTS.parent / "blueprints"
    sources = {path.name: path for path in sorted((root / "checks").glob("check_*.py"))}
    golden = TESTS / "golden" / "small" / HARNESS / "journey_place_order.py.txt"
    harness = root / "harness" / HARNESS
    sources["journey.py"] = golden
    sources |= {path.relative_to(harness).as_posix(): path for path in judging(harness)}
    return [
        place
        for file, path in sources.items()
        for place in instrumented(path.read_text(encoding="utf-8"), file)[1]
    ]


def measured() -> dict[str, Tried]:
    """What was measured so far, by name."""
    found: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return {name: Tried(name, **one) for name, one in found.items()}


def write(found: Mapping[str, Tried]) -> None:
    """Measurements and page, in the order of the attempts; what is no attempt any more goes."""
    kept = [found[one.name] for one in attempts() if one.name in found]
    document = {one.name: {"red": list(one.red), "places": dict(one.places)} for one in kept}
    MEASURED.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    text = page.page(places(), page.proofs(kept), page.reasons())
    page.PAGE.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--example", action="append", choices=list(examples()))
    parser.add_argument("--proof", action="append", metavar="ID")
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args(arguments)
    found = measured()
    for name in given.example or examples():
        waiting = [
            one
            for one in attempts()
            if one.example == name and (not given.proof or one.id in given.proof)
            if given.again or one.name not in found
        ]
        if not waiting:
            continue
        with tempfile.TemporaryDirectory() as folder:
            trial = begin(name, Path(folder, name))
            for batch in batches(waiting):
                for tried in measure(trial, batch):
                    alone = sum(not still for still in tried.places.values())
                    print(f"{tried.name}: {len(tried.places)} complain, {alone} alone", flush=True)
                    write({**measured(), tried.name: tried})  # another run may write as well
    write(measured())


if __name__ == "__main__":
    main(sys.argv[1:])

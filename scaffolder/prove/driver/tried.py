"""What an application did while one of its statements failed, and whether that was right."""

from __future__ import annotations

from dataclasses import dataclass

from scaffolder.prove.driver.injector import Injector

FIRST = 3
"""Of an action's writing statements so many are tried, one after the other."""


@dataclass(frozen=True, slots=True)
class Tried:
    """`reported` to whoever acted; tables that were `left` altered; whether it `recovered`.

    `whole`: a success was reported, and all is stored: the application tried again. `met`: False
    when the fault did nothing to it. `what` happened to it.
    """

    reported: bool
    left: tuple[str, ...]
    recovered: bool
    whole: bool
    met: bool = True
    what: str = ""


INJECTOR: list[Injector] = []
OUTCOMES: dict[str, Tried] = {}
"""By the id of a test of loud.py, which can only be imported where there is a harness."""
ARMED: list[tuple[str, str]] = []
"""The error (or `kill`) and n, or what becomes of its connections and nothing, while one is run."""


def wrong(tried: Tried) -> str | None:
    """What the application did that it must not; None when it did well."""
    what = tried.what
    if not tried.reported:
        return f"{what}, and a success was reported"
    if tried.left:
        return f"{what} and was reported, and rows of {', '.join(tried.left)} stayed altered"
    if not tried.recovered:
        return f"{what}, and the application does not recover without a restart"
    return None

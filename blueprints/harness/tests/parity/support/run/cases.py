"""Many findings in one test: each is one case, and may be accepted by its name."""

from __future__ import annotations

import pytest

from support import settings
from support.run.own import check_of
from support.run.results import Acceptances

ACCEPTED = Acceptances(settings.ACCEPTED)


class CasesFailed(AssertionError):
    """What is left after the accepted cases; one text per case."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__("\n".join(texts))
        self.texts = texts


class Cases:
    """Reports findings of the running test."""

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.check = check_of(item.nodeid, settings)

    def __call__(self, problems: dict[str, str]) -> None:
        """Fail with every problem that parity.yaml does not accept."""
        __tracebackhide__ = True
        left: list[str] = []
        for case, text in problems.items():
            number = ACCEPTED.find(self.check, case)
            if number is None:
                left.append(f"{self.check}: {text}\n  (case: {case!r})")
                self.item.user_properties.append(("parity-case", [case, text]))
            else:
                self.item.user_properties.append(("parity-accepted", [number, f"{case}: {text}"]))
        if left:
            raise CasesFailed(left)

    def not_covered(self, item: str, why: str) -> None:
        """List something that the check could not examine; never red."""
        self.item.user_properties.append(("parity-not-covered", [item, why]))

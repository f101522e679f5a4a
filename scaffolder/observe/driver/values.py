"""What to expect of a value that was stored or shown twice: a literal, a placeholder, a matcher."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import leaves
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.tries import Tried
from support.journeys.compare import MATCHERS, instant, same
from support.journeys.placeholders import PLACEHOLDER, fill

RECENT = {"recent": "10s"}
MARGIN = dt.timedelta(seconds=8)  # below that of RECENT
PRESENT = {"present": True}
UNKNOWN: Any = object()  # nothing can be said of it
HASHED = re.compile(r"pass|pwd|hash|digest|salt|secret|token", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")
RANDOM = re.compile(r"[0-9a-f]{16}|\d{8}|[A-Za-z0-9_+/=-]{40}")
LONGEST = 200
Pair = tuple[Any, Any]  # of the first and of the second performance


class Values:
    """Two performances of the same plan, and what each value in them can be explained by."""

    def __init__(self, first: Tried, second: Tried) -> None:
        self.first, self.second = first, second
        names = first.values.keys() & second.values.keys() - {"base_url", "token"}
        self.captured: dict[str, Pair] = {
            name: (first.values[name], second.values[name]) for name in sorted(names)
        }
        self.capture: dict[str, Any] = {}  # of the action: name -> path, or {header: ...}
        self.sent = [value for _, value in self._payload()]
        self.secret = next((v for path, v in self._payload() if path and is_secret(path[-1])), None)
        steps = [*first.plan.setup]
        bodies = [step.get("json", step.get("form")) for step in steps]
        given = [(path, value) for body in bodies for path, value in leaves(body) if path]
        self.given = {snake(str(path[-1])) for path, _ in given}
        self.known = [*self.sent, *(value for _, value in given)]
        answers = first.json, second.json
        self.answered: list[tuple[str, Pair]] = _common(*answers)

    def _payload(self) -> Iterator[tuple[Any, Any]]:
        step = fill(
            {k: v for k, v in self.first.step.items() if k in ("json", "form")}, self.first.values
        )
        yield from leaves(step)

    def placeholder(self, pair: Pair, *, name: str, early: bool) -> str | None:
        """`{name}` of something captured with that value. `early`: before the action."""
        if not is_distinctive(pair[0], name):
            return None
        for known, captured in self.captured.items():
            if same(captured[0], pair[0]) and same(captured[1], pair[1]):
                return "{" + known + "}"
        if early:
            return None
        answered = dict(self.answered)
        for known, path in self.capture.items():
            if isinstance(path, str) and path in answered and _equal(answered[path], pair):
                return "{" + known + "}"
        return None

    def capture_key(self, pair: Pair, column: str) -> str | None:
        """The same for a key that the answer of the action tells, captured from there."""
        found = self.placeholder(pair, name=column, early=False)
        if found is not None:
            return found
        for path, answered in self.answered:
            last = snake(path.rpartition(".")[2])
            if not _equal(answered, pair) or not is_key_like(last, column):
                continue
            name = snake(column)
            while name in self.captured or name in self.capture or name == "base_url":
                name = f"new_{name}"
            self.capture[name] = path
            return "{" + name + "}"
        return None

    def expected(self, pair: Pair, name: str, *, key: bool = False) -> Any:
        """A literal, a placeholder or a matcher; UNKNOWN when neither holds."""
        one, two = pair
        if None in pair:
            return None if one is two else UNKNOWN
        if HASHED.search(name) and isinstance(one, str) and one not in self.sent:
            return {"differs": self.secret} if self.secret not in (None, "") else dict(PRESENT)
        found = self.placeholder(pair, name=name, early=False)
        if found is not None:
            return found
        if self._is_now(one, self.first) and self._is_now(two, self.second):
            return dict(RECENT)
        if not same_twice(one, two) or not self._lasts(one, key):
            return dict(PRESENT)
        return written(self._as_instant(one))

    def _as_instant(self, value: Any) -> Any:
        """An instant that was sent, in whatever spelling it is shown."""
        if isinstance(value, str) and MOMENT.match(value) and self._lasts(value, False):
            return instant(value) or value
        return value

    def _is_now(self, value: Any, tried: Tried) -> bool:
        if isinstance(value, str) and not MOMENT.match(value):
            return False
        if isinstance(value, bool | Decimal) or tried.window is None:
            return False
        moment = instant(value)
        begin, end = tried.window
        return moment is not None and begin - MARGIN <= moment <= end + MARGIN

    def _lasts(self, value: Any, key: bool) -> bool:
        """Whether it will be the same tomorrow, and in a database that is made anew."""
        if any(_said(value, sent) for sent in self.known):
            return True
        if key or isinstance(value, dt.datetime | dt.date | uuid.UUID | bytes | memoryview):
            return False
        if isinstance(value, int | float | Decimal):  # a truth value is an int, too
            return abs(float(value)) < 10**8
        if isinstance(value, dict | list):
            return not value or all(self._lasts(leaf, False) for _, leaf in leaves(value))
        return is_lasting_text(str(value)) if value is not None else True


def is_secret(name: object) -> bool:
    return texts.is_secret(str(name))


def is_lasting_text(text: str) -> bool:
    """No id, no moment, nothing random, and no placeholder."""
    today = dt.datetime.now(dt.timezone.utc)
    return not (
        len(text) > LONGEST
        or "\0" in text
        or UUID.search(text)
        or RANDOM.search(text)
        or PLACEHOLDER.search(text)
        or re.search(r"127\.0\.0\.1:|localhost:|parity_", text)
        or str(today.year) in text
    )


def is_distinctive(value: Any, name: str) -> bool:
    """Whether equality with it is no accident: a key's, or a longer text's."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, uuid.UUID):
        return True
    if isinstance(value, str):
        return len(value) >= 8 or texts.KEYS.search(snake(name)) is not None
    return isinstance(value, int) and texts.KEYS.search(snake(name)) is not None


def is_key_like(said: str, column: str) -> bool:
    """Whether the field of an answer may hold the column's key: `id`, or the column's name."""
    plain = snake(column)
    return said == plain or said in ("id", "uuid", "pk", "_id", "guid") or said.endswith("_id")


def _said(value: Any, sent: Any) -> bool:
    """Whether a value is the one that was sent; a short number proves nothing, and is harmless."""
    if isinstance(value, dt.datetime):
        return isinstance(sent, str) and instant(sent) == instant(value)
    return sent is not None and same(sent, value)


def same_twice(one: Any, two: Any) -> bool:
    return type(one) is type(two) and bool(one == two)


def _equal(one: Pair, two: Pair) -> bool:
    return same(one[0], two[0]) and same(one[1], two[1])


def _common(one: Any, two: Any) -> list[tuple[str, Pair]]:
    """Path and both values of what two answers have at the same place."""
    other = dict(leaves(two))
    found = []
    for path, value in leaves(one):
        if path in other and path and len(path) < 4 and isinstance(value, str | int | float):
            found.append((".".join(map(str, path)), (value, other[path])))
    return sorted(found, key=lambda each: (each[0].count("."), each[0]))


def written(value: Any) -> Any:
    """A value as parity.yaml has it; a matcher where it has no literal."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        return {"instant": aware.astimezone(dt.timezone.utc).isoformat().replace("+00:00", "Z")}
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in MATCHERS:
            return dict(PRESENT)
        return {str(key): written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, bytes | memoryview):
        return dict(PRESENT)
    return str(value)


def _number(value: float | Decimal) -> Any:
    exact = Decimal(str(value))
    if not exact.is_finite():
        return dict(PRESENT)
    if exact == exact.to_integral_value() and abs(exact) < 2**53:
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else str(exact)

"""Requests that may show what an action did, and what their answers must hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scaffolder.observe.driver.answers import Path, dotted, is_plain, leaves
from scaffolder.observe.driver.keys import captures, stem_of
from scaffolder.observe.driver.openapi import PARAMETER, Operation, snake
from scaffolder.observe.driver.tries import Look, Tried
from scaffolder.observe.driver.values import PRESENT, UNKNOWN, Values, is_lasting_text
from support.journeys.compare import same

MOST = 6  # looks at one action
SHOWN = 10  # paths that one look expects
DEEPEST = 4
GONE = (404, 410)


def candidates(reads: Sequence[Operation], tried: Tried) -> list[Look]:
    """The same path, then what was made, then the collection, then what the path belongs to."""
    path = tried.plan.operation.path
    found: list[Look] = []
    known = tried.values.keys()
    for pattern in _paths(reads, path):
        base = pattern.split("?")[0]
        named = _named(pattern, path)
        missing = [name for name in PARAMETER.findall(named) if name not in known]
        if not missing:
            found.append(Look(named))
        if len(missing) == 1:
            words = [part for part in base.split("{" + missing[0])[0].split("/") if part]
            stem = stem_of(missing[0], words[-1] if words else "")
            for source in captures(tried.json, missing[0], stem)[:1]:
                found.append(Look(named, {missing[0]: source}))
    if 300 <= tried.status < 400 and tried.headers.get("location", "").startswith(("/", "http")):
        found.insert(0, Look("{page}", {"page": {"header": "Location"}}))
    return list({look.path: look for look in found}.values())[:MOST]


def _paths(reads: Sequence[Operation], path: str) -> list[str]:
    """Paths of GET operations that have to do with a path, the nearest first."""
    plain = path.rstrip("/")
    ranked = []
    for number, read in enumerate(reads):
        other = read.path.rstrip("/")
        if _shape(other) == _shape(plain):
            rank = 0
        elif _shape(other).startswith(_shape(plain) + "/{") and _shape(other).count("/") == (
            _shape(plain).count("/") + 1
        ):
            rank = 1
        elif _shape(plain).startswith(_shape(other) + "/") and len(other) > 1:
            rank = 2 + _shape(plain).count("/") - _shape(other).count("/")
        elif _akin(plain, other):
            rank = 8
        else:
            continue
        ranked.append((rank, number, read.path))
    return [found for _, _, found in sorted(ranked)]


def _akin(path: str, other: str) -> bool:
    """`/users/signup` and `/users/{id}` or `/users`: they share all but the last word."""
    above = _shape(path).rpartition("/")[0]
    return bool(above) and above in (_shape(other).rpartition("/")[0], _shape(other))


def _shape(path: str) -> str:
    return PARAMETER.sub("{}", path)


def _named(pattern: str, path: str) -> str:
    """The pattern with the names (or literals) that the action's path has at the same places."""
    own = path.rstrip("/").split("/")
    parts = [
        own[number]
        if number < len(own) and PARAMETER.search(part) and _same_start(pattern, path, number)
        else part
        for number, part in enumerate(pattern.split("/"))
    ]
    return "/".join(parts)


def _same_start(pattern: str, path: str, number: int) -> bool:
    ours, theirs = path.split("/")[:number], pattern.split("/")[:number]
    return [_shape(part) for part in ours] == [_shape(part) for part in theirs] or (
        len(ours) == len(theirs)
        and all(one == two or PARAMETER.search(two) for one, two in zip(ours, theirs, strict=True))
    )


@dataclass
class Shown:
    """A look that was chosen: its entry under `visible`, and what the action has to capture."""

    look: Look
    entry: dict[str, Any]
    strength: int
    answer: Any = None


def shown(values: Values, kind: str) -> list[Shown]:
    """What the looks of both performances show, the most telling first; at most two."""
    found = []
    for number, (look, one) in enumerate(values.first.looks):
        two = values.second.looks[number][1]
        if one.status != two.status or one.status >= 500:
            continue
        before = values.first.seen_before.get(look.path)
        judged = _gone(look, one, before) if kind == "delete" else None
        judged = judged or _there(values, look, one, two, before)
        if judged is not None:
            found.append(judged)
    # What shows one thing says more than a list that may hold others.
    found.sort(key=lambda each: (_is_list(each.answer), -each.strength))
    return found[:1] if kind == "delete" else found[:2]


def _is_index(part: str | int) -> bool:
    return isinstance(part, int)


def _is_list(answer: Any) -> bool:
    inner = next(iter(answer.values()), None) if isinstance(answer, dict) else answer
    return isinstance(inner, list) or isinstance(answer, list)


def _gone(look: Look, seen: Tried, before: Tried | None) -> Shown | None:
    """Not found any more, or a text of the list that is in it no more."""
    if before is None or before.status >= 300:
        return None
    entry = {"get": look.path, "status": seen.status}
    if seen.status in GONE:
        return Shown(look, entry, 10)
    texts = [
        value for _, value in leaves(before.json) if _is_text(value) and is_lasting_text(value)
    ]
    for text in sorted(texts, key=len, reverse=True):
        if seen.status < 300 and text in before.text and text not in seen.text:
            return Shown(look, {**entry, "absent": text}, 5)
    return None


def _there(
    values: Values, look: Look, one: Tried, two: Tried, before: Tried | None
) -> Shown | None:
    """Fields of the answer that can be explained; None when nothing of the action is in it."""
    if one.status >= 300:
        return None
    entry: dict[str, Any] = {"get": look.path, "status": one.status}
    if one.json is None:
        return _on_page(values, look, entry, one.text, two.text)
    ours = _mine(values, one.json)
    theirs = dict(leaves(two.json))
    old = dict(leaves(before.json)) if before is not None and before.status < 300 else None
    expected: dict[str, Any] = {}
    strength = 0
    for path, value in leaves(one.json):
        if path[: len(ours)] != ours or path not in theirs or not _usable(path, value):
            continue
        wanted = values.expected((value, theirs[path]), str(path[-1]))
        if wanted is UNKNOWN or wanted == PRESENT or _is_differs(wanted):
            continue
        is_new = old is not None and path in old and old[path] != value
        telling = _is_sent(values, path, value) or 2 * is_new
        strength += telling
        expected[dotted(path)] = (telling, wanted)
    if not strength:
        return None
    ranked = sorted(expected.items(), key=lambda item: -item[1][0])[:SHOWN]
    kept = {path for path, _ in ranked}
    entry["json"] = {path: wanted for path, (_, wanted) in expected.items() if path in kept}
    return Shown(look, entry, strength, one.json)


def _usable(path: Path, value: Any) -> bool:
    return (
        len(path) <= DEEPEST
        and is_plain(path)
        and not (isinstance(value, dict | list) and value)
        and not re.search(r"token|password|secret", str(path[-1]), re.IGNORECASE)
    )


def _is_differs(wanted: Any) -> bool:
    return isinstance(wanted, dict) and "differs" in wanted


def _is_sent(values: Values, path: Path, value: Any) -> int:
    """2 for a text that was sent, or a key of the action; 1 for a sent number of the same name."""
    if isinstance(value, str) and len(value) > 2:
        return 2 if any(same(sent, value) for sent in values.sent) else 0
    if isinstance(value, bool) or value is None or not path:
        return 0
    names = {snake(str(at[-1])) for at, _ in leaves(values.first.step.get("json")) if at}
    named = snake(str(path[-1])) in names
    return 1 if named and any(same(sent, value) for sent in values.sent) else 0


def _mine(values: Values, answer: Any) -> Path:
    """Of a list, the item that holds what was sent; () for an answer about one thing."""
    flat = [(path, value) for path, value in leaves(answer) if not any(map(_is_index, path))]
    if any(_is_sent(values, path, value) for path, value in flat):
        return ()
    for path, value in leaves(answer):
        index = next((number for number, part in enumerate(path) if isinstance(part, int)), None)
        if index is not None and _is_sent(values, path, value) == 2:
            return path[: index + 1]
    return ()


def _on_page(values: Values, look: Look, entry: dict[str, Any], one: str, two: str) -> Shown | None:
    """A text that was sent, on a page of HTML."""
    for sent in sorted(filter(_is_text, values.sent), key=len, reverse=True):
        if sent in one and sent in two:
            return Shown(look, {**entry, "text": sent}, 1)
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 4 and re.search(r"[<>&\"']", value) is None


def settled(chosen: Shown, values: Values) -> dict[str, Any]:
    """The entry; what it needs to know of the action's answer is captured there."""
    path = chosen.look.path
    for name, source in chosen.look.capture.items():
        known = next((own for own, at in values.capture.items() if at == source), None)
        if known is None:
            known = (
                name
                if name not in values.capture and name not in values.captured
                else f"new_{name}"
            )
            values.capture[known] = source
        path = path.replace("{" + name + "}", "{" + known + "}")
    return {**chosen.entry, "get": path}

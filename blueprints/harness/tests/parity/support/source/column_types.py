"""Whether a column of the database can hold what the model's type promises."""

from __future__ import annotations

import re

INTEGERS = ("smallint", "integer", "bigint")
FLOATS = ("real", "double precision")
TEXTS = ("character varying", "text", "citext")
TYPE = re.compile(r"([^(\[]+?)(?:\((\d+)(?:,(-?\d+))?\))?( with(?:out)? time zone)?((?:\[\])*)")


def fits(model: str, actual: str) -> bool:
    """Both as PostgreSQL writes them (format_type). A wider column fits: nothing is lost there.

    bigint holds an integer, text holds varchar(10), and not the other way round; timestamp and
    timestamptz never hold each other.
    """
    if model == actual:
        return True
    wanted, found = TYPE.fullmatch(model), TYPE.fullmatch(actual)
    if wanted is None or found is None or wanted[4] != found[4] or wanted[5] != found[5]:
        return False
    for family in (INTEGERS, FLOATS):
        if wanted[1] in family and found[1] in family:
            return family.index(found[1]) >= family.index(wanted[1])
    if wanted[1] in TEXTS[:2] and found[1] in TEXTS:
        return _holds(wanted[2], found[2])
    if (wanted[1], found[1]) == ("json", "jsonb"):
        return True
    if wanted[1] != found[1]:
        return False
    if wanted[1] == "numeric":
        return _numeric_holds(wanted, found)
    return _holds(wanted[2], found[2]) and wanted[1] not in ("character", "bit")


def _holds(wanted: str | None, found: str | None) -> bool:
    """Lengths and precisions: none is without limit."""
    return found is None or (wanted is not None and int(wanted) <= int(found))


def _numeric_holds(wanted: re.Match[str], found: re.Match[str]) -> bool:
    if found[2] is None:
        return True
    if wanted[2] is None:
        return False
    wanted_scale, found_scale = int(wanted[3] or 0), int(found[3] or 0)
    digits = int(found[2]) - found_scale >= int(wanted[2]) - wanted_scale
    return digits and found_scale >= wanted_scale

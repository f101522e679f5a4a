"""Version constraints as Poetry writes them, which contain those of PEP 440."""

from __future__ import annotations

import re

from packaging.specifiers import SpecifierSet
from packaging.version import Version

CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|<=|>=|<|>|=)?\s*([^\s,^~=!<>]+)")


def accepts(constraint: str, version: str) -> bool:
    """Whether `^1.2`, `~1.2`, `>=3.8,<4 || >=5`, `1.2.*` or `*` allows a version."""
    return any(
        all(_clause(*clause).contains(version, prereleases=True) for clause in CLAUSE.findall(side))
        for side in re.split(r"\|\|?", constraint or "*")
    )


def _clause(operator: str, version: str) -> SpecifierSet:
    if version == "*":
        return SpecifierSet()
    if operator not in ("^", "~"):
        return SpecifierSet(f"{'==' if operator in ('', '=') else operator}{version}")
    release = Version(version).release
    fixed = 1 if operator == "^" or len(release) == 1 else 2
    if operator == "^":  # the first part that is not zero stays
        zeros = next((number for number, part in enumerate(release) if part), len(release) - 1)
        fixed = zeros + 1
    above = [*release[: fixed - 1], release[fixed - 1] + 1]
    return SpecifierSet(f">={version},<{'.'.join(map(str, above))}")

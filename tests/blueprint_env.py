"""The blueprints outside of Copier, in the same environment: macros can be called alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

ROOT = Path(__file__).resolve().parents[1]


def environment() -> SandboxedEnvironment:
    """What `_envops` of copier.yml says, with the filters that Copier brings."""
    options = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))["_envops"]
    assert options.pop("undefined") == "jinja2.StrictUndefined"
    return SandboxedEnvironment(
        loader=FileSystemLoader(str(ROOT)),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        undefined=StrictUndefined,
        **options,
    )


@cache
def macros() -> Any:
    """The macros of blueprints/literals.jinja as callables."""
    return environment().get_template("blueprints/literals.jinja").module


def render(blueprint: str, spec: dict[str, Any], **variables: Any) -> str:
    """One blueprint with a spec, planned by the planner."""
    env = environment()
    planner = env.get_template("blueprints/planner.jinja").module
    plan = yaml.safe_load(planner.plan(spec))  # type: ignore[attr-defined]
    return env.get_template(blueprint).render(spec=spec, plan=plan, folder=".", **variables)

"""The environment variables of an application, found once for all detectors that ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scaffolder.scan.django_settings import DjangoSettings, django_settings
from scaffolder.scan.env_examples import Examples
from scaffolder.scan.env_reads import EnvReads, Read
from scaffolder.scan.objects import Objects
from scaffolder.scan.python import Module
from scaffolder.scan.repository import Repository
from scaffolder.scan.settings_models import SettingsModels

_OTHER_SETTINGS = re.compile(
    r"(?:^|/)(?:settings|config|configs|conf|envs?)/(?:dev|devel|development|local|tests?|testing|ci)"
    r"\.py$|(?:^|/)(?:settings|config)_(?:dev|development|local|tests?|testing)\.py$"
    r"|(?:^|/)(?:dev|local|tests?)_(?:settings|config)\.py$|(?:^|/)(?:conftest|gunicorn[\w.\-]*)\.py$"
)


@dataclass
class Variables:
    """What the shipped code reads, with the settings of Django and of pydantic."""

    repository: Repository
    objects: Objects
    django: DjangoSettings | None
    modules: tuple[Module, ...]

    @cached_property
    def env(self) -> EnvReads:
        """Reads of the process's environment."""
        return EnvReads.of(self.objects, self.modules)

    @cached_property
    def models(self) -> SettingsModels:
        """Fields of settings classes."""
        return SettingsModels.of(self.objects, self.modules)

    @cached_property
    def examples(self) -> Examples:
        """Values in example files, compose files, images and CI."""
        return Examples.read(self.repository.tree, self.repository.directory)

    @cached_property
    def reads(self) -> tuple[Read, ...]:
        """All reads, in the order of files and lines."""
        of_models = [read for each in self.models.fields for read in each.reads]
        return tuple(sorted([*self.env.reads, *of_models], key=lambda r: (r.module.path, r.line)))


@lru_cache(maxsize=1)
def variables(repository: Repository) -> Variables:
    """The variables of a repository; several detectors ask for those of the same one."""
    objects = Objects.of(repository)
    django = django_settings(repository, objects)
    others = django.others if django else frozenset()
    modules = {module.path: module for module in repository.shipped()}
    modules |= {module.path: module for module in (django.chain if django else ())}
    kept = tuple(
        module
        for path, module in modules.items()
        if path not in others and not _OTHER_SETTINGS.search(path)
    )
    return Variables(repository, objects, django, kept)

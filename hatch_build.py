"""Build hook: the blueprints' history as a git bundle, and the examples, into the package.

From a checkout the bundle is made of its tags and its present files; a source archive carries it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = "scaffolder/data"
BUNDLE = f"{DATA}/blueprints.bundle"
CARRIED = ("copier.yml", "blueprints", "examples")


def carried(root: Path) -> list[str]:
    """The files that the package carries: what git does not ignore, or what an archive holds."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
        listed = subprocess.run([*command, *CARRIED], cwd=root, check=True, capture_output=True)
        names = listed.stdout.decode().split("\0")
        return sorted({name for name in names if name and (root / name).is_file()})
    found = [path for name in CARRIED for path in [root / name, *(root / name).rglob("*")]]
    return sorted(path.relative_to(root).as_posix() for path in found if path.is_file())


class BlueprintsHook(BuildHookInterface[Any]):
    """Puts the bundle, copier.yml, the blueprints and the examples into the archives."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called once for each archive; an editable installation reads the checkout itself."""
        if version == "editable":
            return
        root = Path(self.root)
        self.folder = tempfile.TemporaryDirectory(prefix="parity-build-")
        bundle = root / BUNDLE
        if not bundle.is_file():
            bundle = Path(self.folder.name) / "blueprints.bundle"
            sys.path.insert(0, str(root))
            try:
                from scaffolder.render.bundle import build
            finally:
                sys.path.remove(str(root))
            build(root, self.metadata.version, bundle)
        build_data["force_include"][str(bundle)] = BUNDLE
        if self.target_name == "wheel":
            for name in carried(root):
                build_data["force_include"][str(root / name)] = f"{DATA}/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The archive is written."""
        if version != "editable":
            self.folder.cleanup()

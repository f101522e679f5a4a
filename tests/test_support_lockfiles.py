from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness_settings import write

from support.install import lockfiles
from support.install.constraints import accepts
from support.install.lock_graph import BrokenLock, Pins

LINUX = {**lockfiles.target_markers("3.12.1"), "sys_platform": "linux"}


def package(name: str, version: str = "1.0", more: str = "", edges: str = "") -> str:
    table = f"[package.dependencies]\n{edges}\n" if edges else ""
    files = f'files = [{{file = "{name}.whl", hash = "sha256:{name}-{version}"}}]\n'
    files = "" if "[package.source]" in more and "registry" not in more else files
    head, source, rest = more.partition("[package.source]")
    text = f'[[package]]\nname = "{name}"\nversion = "{version}"\n{files}{head}\n'
    return text + table + source + rest + "\n"


def poetry(
    folder: Path,
    main: str,
    *packages: str,
    groups: tuple[str, ...] = (),
    more: str = "",
    extras: tuple[str, ...] = (),
    markers: dict[str, str] = LINUX,
) -> Pins:
    manifest = f'[tool.poetry.dependencies]\npython = "^3.9"\n{main}\n{more}'
    write(folder, {"pyproject.toml": manifest, "poetry.lock": "".join(packages)})
    return lockfiles.convert(folder / "poetry.lock", folder, groups, extras, markers)


def names(pins: Pins) -> list[str]:
    return [line.split("==")[0].split(" @")[0] for line in [*pins.hashed, *pins.sources]]


def test_poetry_takes_what_the_main_dependencies_reach(tmp_path: Path) -> None:
    found = poetry(
        tmp_path,
        'flask = "^1.0"',
        package("flask", edges='jinja2 = "*"'),
        package("jinja2"),
        package("pytest"),
    )

    assert found.hashed == [
        "flask==1.0 --hash=sha256:flask-1.0",
        "jinja2==1.0 --hash=sha256:jinja2-1.0",
    ]


@pytest.mark.parametrize(
    "more",
    [
        '[tool.poetry.dev-dependencies]\npytest = "*"',
        '[tool.poetry.group.dev.dependencies]\npytest = "*"',
        '[dependency-groups]\ndev = [{include-group = "test"}]\ntest = ["pytest>=1"]',
    ],
)
def test_poetry_installs_a_group_only_when_asked(tmp_path: Path, more: str) -> None:
    packages = (package("flask"), package("pytest"))

    assert names(poetry(tmp_path, 'flask = "*"', *packages, more=more)) == ["flask"]
    asked = poetry(tmp_path, 'flask = "*"', *packages, more=more, groups=("dev",))
    assert names(asked) == ["flask", "pytest"]


def test_poetry_follows_the_extras_of_a_package(tmp_path: Path) -> None:
    edges = 'httptools = {version = "*", optional = true}\nclick = "*"\n'
    edges += 'watch = {version = "*", optional = true, markers = "extra == \'watch\'"}'
    extras = '[package.extras]\nstandard = ["httptools (>=0.4)"]\nwatch = ["watch"]\n'
    packages = (
        package("uvicorn", edges=edges) + extras,
        package("httptools"),
        package("click"),
        package("watch"),
    )

    assert names(poetry(tmp_path, 'uvicorn = "*"', *packages)) == ["click", "uvicorn"]
    standard = poetry(tmp_path, 'uvicorn = {version = "*", extras = ["standard"]}', *packages)
    assert names(standard) == ["click", "httptools", "uvicorn"]
    watch = poetry(tmp_path, 'uvicorn = {version = "*", extras = ["watch"]}', *packages)
    assert names(watch) == ["click", "uvicorn", "watch"]


def test_poetry_installs_extras_of_the_project_only_when_asked(tmp_path: Path) -> None:
    main = 'flask = "*"\nboto = {version = "*", optional = true}'
    more = '[tool.poetry.extras]\ns3 = ["boto"]'
    packages = (package("flask"), package("boto"))

    assert names(poetry(tmp_path, main, *packages, more=more)) == ["flask"]
    assert names(poetry(tmp_path, main, *packages, more=more, extras=("s3",))) == ["boto", "flask"]


def test_poetry_leaves_out_what_is_for_another_platform_or_python(tmp_path: Path) -> None:
    edges = 'colorama = {version = "*", markers = "sys_platform == \'win32\'"}\n'
    edges += 'tomli = {version = "*", markers = "python_version < \'3.11\'"}\n'
    edges += 'old = {version = "*", python = "<3.10"}\nnew = {version = "*", python = ">=3.10"}'
    packages = [package(name) for name in ("colorama", "tomli", "old", "new")]

    found = poetry(tmp_path, 'click = "*"', package("click", edges=edges), *packages)

    assert names(found) == ["click", "new"]


def test_of_a_package_locked_twice_the_entry_for_this_python_is_taken(tmp_path: Path) -> None:
    one = package("numpy", "1.24", 'python-versions = "<3.12"')
    two = package("numpy", "2.1", 'python-versions = ">=3.10"')
    main = 'numpy = [{version = "^1", python = "<3.12"}, {version = "^2", python = ">=3.12"}]'

    assert "numpy==2.1" in poetry(tmp_path, main, one, two).hashed[0]
    old = lockfiles.target_markers("3.10.3")
    assert "numpy==1.24" in poetry(tmp_path, main, one, two, markers=old).hashed[0]


def test_sources_without_a_hash_are_kept_apart(tmp_path: Path) -> None:
    git = '[package.source]\ntype = "git"\nurl = "https://example.org/a.git"\n'
    git += 'reference = "main"\nresolved_reference = "abc123"\nsubdirectory = "lib"\n'
    folder = 'develop = true\n[package.source]\ntype = "directory"\nurl = "libs/b"\n'

    found = poetry(
        tmp_path,
        'a = {git = "https://example.org/a.git"}\nb = {path = "libs/b"}',
        package("a", more=git),
        package("b", more=folder),
    )

    assert found.hashed == []
    assert found.sources == [
        "a @ git+https://example.org/a.git@abc123#subdirectory=lib",
        "-e ./libs/b",
    ]


def test_a_private_index_of_the_lock_is_used(tmp_path: Path) -> None:
    source = '[package.source]\ntype = "legacy"\nurl = "https://pypi.example.org/simple"\n'
    text = package("secret", more=source)
    text = text.replace(
        "[package.source]", 'files = [{file = "x", hash = "sha256:1"}]\n[package.source]'
    )

    found = poetry(tmp_path, 'secret = "*"', text)

    assert found.options == ["--extra-index-url https://pypi.example.org/simple"]
    assert found.hashed == ["secret==1.0 --hash=sha256:1"]


def test_old_poetry_locks_keep_the_hashes_apart(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "flask"\nversion = "1.0"\ncategory = "main"\noptional = false\n'
    lock += '[metadata.files]\nflask = [{file = "flask.whl", hash = "sha256:1"}]\n'

    assert poetry(tmp_path, 'Flask = "*"', lock).hashed == ["flask==1.0 --hash=sha256:1"]


def test_a_requirement_that_is_not_locked_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenLock, match="the lock has no jinja2, which pyproject"):
        poetry(tmp_path, 'flask = "*"\nJinja2 = "*"', package("flask"))


def test_poetry_reads_the_standard_project_table_too(tmp_path: Path) -> None:
    manifest = (
        '[project]\nname = "shop"\ndependencies = ["flask[async]>=1; python_version >= \'3\'"]\n'
    )
    manifest += '[project.optional-dependencies]\ns3 = ["boto"]\n'
    edges = 'asgiref = {version = "*", optional = true}'
    lock = package("flask", edges=edges) + '[package.extras]\nasync = ["asgiref (>=3)"]\n'
    lock += package("asgiref") + package("boto")
    write(tmp_path, {"pyproject.toml": manifest, "poetry.lock": lock})

    found = lockfiles.convert(tmp_path / "poetry.lock", tmp_path, (), ("s3",), LINUX)

    assert names(found) == ["asgiref", "boto", "flask"]


def test_pipfile_takes_sections_markers_sources_and_indexes(tmp_path: Path) -> None:
    document = {
        "_meta": {
            "sources": [
                {"name": "pypi", "url": "https://pypi.org/simple"},
                {"name": "own", "url": "https://pypi.example.org/simple"},
            ]
        },
        "default": {
            "flask": {"version": "==1.0", "hashes": ["sha256:1"], "extras": ["async"]},
            "pywin32": {"version": "==2", "hashes": ["sha256:2"], "markers": "os_name == 'nt'"},
            "lib": {"git": "https://example.org/lib.git", "ref": "abc"},
            "local": {"path": "libs/local", "editable": True},
        },
        "develop": {"pytest": {"version": "==3", "hashes": ["sha256:3"]}},
    }
    lock = tmp_path / "Pipfile.lock"
    lock.write_text(json.dumps(document))

    found = lockfiles.convert(lock, tmp_path, (), (), LINUX)
    with_dev = lockfiles.convert(lock, tmp_path, ("dev",), (), LINUX)

    assert found == Pins(
        options=["--extra-index-url https://pypi.example.org/simple"],
        hashed=["flask[async]==1.0 --hash=sha256:1"],
        sources=["lib @ git+https://example.org/lib.git@abc", "-e ./libs/local"],
    )
    assert with_dev.hashed == [*found.hashed, "pytest==3 --hash=sha256:3"]


def test_pdm_filters_by_group_where_the_lock_says_them(tmp_path: Path) -> None:
    lock = '[metadata]\nstrategy = ["inherit_metadata"]\n'
    lock += package("flask", more='groups = ["default"]')
    lock += package("colorama", more='groups = ["default"]\nmarker = "sys_platform == \'win32\'"')
    lock += package("pytest", more='groups = ["dev"]')
    write(tmp_path, {"pyproject.toml": "[project]\nname = 'shop'\n", "pdm.lock": lock})

    assert names(lockfiles.convert(tmp_path / "pdm.lock", tmp_path, (), (), LINUX)) == ["flask"]


def test_pdm_follows_the_edges_where_the_lock_says_no_groups(tmp_path: Path) -> None:
    manifest = "[project]\nname = 'shop'\ndependencies = ['uvicorn[standard]>=1']\n"
    manifest += "[tool.pdm.dev-dependencies]\ntest = ['pytest']\n"
    lock = package("uvicorn", more='dependencies = ["click>=7"]')
    lock += package(
        "uvicorn", more='extras = ["standard"]\ndependencies = ["httptools", "uvicorn==1.0"]'
    )
    lock += package("click") + package("httptools") + package("pytest")
    write(tmp_path, {"pyproject.toml": manifest, "pdm.lock": lock})

    found = lockfiles.convert(tmp_path / "pdm.lock", tmp_path, (), (), LINUX)
    tested = lockfiles.convert(tmp_path / "pdm.lock", tmp_path, ("test",), (), LINUX)

    assert names(found) == ["click", "httptools", "uvicorn"]
    assert names(tested) == ["click", "httptools", "pytest", "uvicorn"]


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        ("^1.2.3", "1.9", "2.0"),
        ("^0.2.3", "0.2.9", "0.3"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.9", "1.0"),
        ("~1.2.3", "1.2.9", "1.3"),
        ("~1", "1.9", "2.0"),
        ("~=1.2", "1.9", "2.0"),
        ("1.2.*", "1.2.7", "1.3"),
        (">=3.8,<4.0", "3.12.1", "4.0"),
        (">=2.7, !=3.0.*, !=3.1.*", "3.12.1", "3.1.2"),
        (">=2.7 <3", "2.8", "3.0"),
        ("<3.7 || >=3.9", "3.12.1", "3.8.1"),
        ("==1.0", "1.0", "1.1"),
    ],
)
def test_poetry_s_constraints(constraint: str, inside: str, outside: str) -> None:
    assert accepts(constraint, inside)
    assert not accepts(constraint, outside)


def test_any_version_is_accepted_without_a_constraint() -> None:
    assert accepts("*", "0.1")
    assert accepts("", "9")


@pytest.mark.parametrize(
    ("lock", "manifest", "files", "expected"),
    [
        ("uv.lock", "[project]\nname = 'shop'\n", {}, False),
        ("uv.lock", "[project]\nname = 'shop'\n[build-system]\nrequires = []\n", {}, True),
        ("uv.lock", "[project]\nname='s'\n[build-system]\n[tool.uv]\npackage = false", {}, False),
        ("uv.lock", "[project]\nname = 'shop'\n[tool.uv]\npackage = true\n", {}, True),
        ("poetry.lock", "[tool.poetry]\nname = 'my-shop'\n", {}, False),
        ("poetry.lock", "[tool.poetry]\nname = 'my-shop'\n", {"my_shop/__init__.py": ""}, True),
        ("poetry.lock", "[tool.poetry]\nname = 'my-shop'\n", {"src/my_shop/a.py": ""}, True),
        ("poetry.lock", "[tool.poetry]\nname='x'\npackages=[{include='app'}]\n", {}, True),
        ("poetry.lock", "[tool.poetry]\npackage-mode = false\n", {}, False),
        ("requirements.txt", "[project]\nname = 'shop'\n[build-system]\n", {}, False),
    ],
)
def test_whether_the_project_itself_is_installed(
    tmp_path: Path, lock: str, manifest: str, files: dict[str, str], expected: bool
) -> None:
    write(tmp_path, {"pyproject.toml": manifest, **files})

    assert lockfiles.is_package(tmp_path / lock, tmp_path) is expected


def test_the_python_that_a_lock_accepts(tmp_path: Path) -> None:
    lock = write(tmp_path, {"uv.lock": 'requires-python = ">=3.10, <3.13"\n'}) / "uv.lock"

    assert lockfiles.accepts_python(lock, tmp_path, "3.12.1")
    assert not lockfiles.accepts_python(lock, tmp_path, "3.13.0")

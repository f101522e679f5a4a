from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness_settings import PYTHON, make_settings, write
from wheels import BACKEND, an_index, make_wheel

from support.install import environment as environments
from support.install import interpreter
from support.install.environment import Environment, build
from support.install.uv_job import InstallFailed
from support.run.results import Unavailable

Hashes = dict[str, str]


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("links")


@pytest.fixture(scope="module")
def hashes(links: Path) -> Hashes:
    """alpha 1 and 2; beta needs alpha; gamma needs alpha 2; tester is for development."""
    return {
        "alpha1": make_wheel(links, "alpha", "1.0"),
        "alpha2": make_wheel(links, "alpha", "2.0"),
        "beta": make_wheel(links, "beta", "1.0", requires=["alpha"]),
        "gamma": make_wheel(links, "gamma", "1.0", requires=["alpha>=2"]),
        "tester": make_wheel(links, "tester", "1.0"),
    }


@pytest.fixture
def repository(
    tmp_path: Path, links: Path, hashes: Hashes, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A git repository with a module `shop`; uv sees nothing but the folder of wheels."""
    (tmp_path / "uv.toml").write_text(f'no-index = true\nfind-links = ["{links}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    root = write(tmp_path / "shop", {"shop/__init__.py": "", "shop/admin.py": "def main(): pass\n"})
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def installed(environment: Environment) -> dict[str, str]:
    program = (
        "import importlib.metadata as m, json;"
        "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
    )
    command = [str(environment.python), "-I", "-c", program]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def quietly(text: str) -> None:
    """Progress that no test is about."""


def test_requirements_are_installed_once_and_found_again(repository: Path) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n"})
    said: list[str] = []

    first = build(repository, make_settings(), echo=said.append)
    started = time.perf_counter()
    second = build(repository, make_settings(), echo=said.append)

    assert time.perf_counter() - started < 0.1
    assert second == first
    assert installed(first) == {"alpha": "1.0"}
    assert first.degraded is None and first.python_version.startswith(PYTHON)
    assert len(said) == 1 and "requirements.txt" in said[0]
    assert (repository / ".parity/.gitignore").read_text() == "*\n"


def test_a_changed_included_file_gives_another_environment(repository: Path) -> None:
    files = {"requirements.txt": "-r base/all.txt\n", "base/all.txt": "alpha\n-c limits.txt\n"}
    write(repository, {**files, "base/limits.txt": "alpha<2\n"})
    first = build(repository, make_settings(), echo=quietly)

    write(repository, {"base/limits.txt": "alpha<3\n"})
    second = build(repository, make_settings(), echo=quietly)

    assert installed(first) == {"alpha": "1.0"}
    assert installed(second) == {"alpha": "2.0"}


def test_a_hash_that_does_not_match_is_refused_with_the_name_of_the_lock(repository: Path) -> None:
    write(repository, {"requirements.txt": f"alpha==1.0 --hash=sha256:{'0' * 64}\n"})

    with pytest.raises(InstallFailed, match=r"requirements\.txt cannot be installed") as raised:
        build(repository, make_settings(), echo=quietly)

    assert "hash" in str(raised.value).lower()


def test_an_index_that_does_not_answer_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given what uv has fetched for one repository, and an index that is gone since then
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    make_wheel(tmp_path, "alpha", "1.0")
    first, second = (write(tmp_path / name, {"requirements.txt": "alpha\n"}) for name in "ab")
    with an_index(tmp_path) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        build(first, make_settings(), echo=quietly)

    assert installed(build(second, make_settings(), echo=quietly)) == {"alpha": "1.0"}

    write(second, {"requirements.txt": "beta\n"})
    with pytest.raises(InstallFailed, match="Failed to fetch"):
        build(second, make_settings(), echo=quietly)


def test_one_hash_demands_all_hashes(repository: Path, hashes: Hashes) -> None:
    lines = f"alpha==1.0 --hash={hashes['alpha1']}\nbeta==1.0\n"
    write(repository, {"requirements.txt": lines})

    with pytest.raises(InstallFailed, match="beta"):
        build(repository, make_settings(), echo=quietly)


def test_a_killed_installation_is_never_used(repository: Path) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n"})
    first = build(repository, make_settings(), echo=quietly)
    (first.path / environments.MARKER).unlink()
    (first.path / "half").write_text("")

    second = build(repository, make_settings(), echo=quietly)

    assert second.path == first.path
    assert not (second.path / "half").exists()
    assert installed(second) == {"alpha": "1.0"}


def test_old_environments_go_and_the_last_used_stay(repository: Path) -> None:
    def lock(text: str) -> Path:
        write(repository, {"requirements.txt": text})
        return build(repository, make_settings(), echo=quietly).path

    paths = [lock(f"alpha==1.0\n# {number}\n") for number in range(environments.KEPT)]
    lock("alpha==1.0\n# 0\n")
    newest = lock("alpha==1.0\n# one more\n")

    kept = {path for path in (*paths, newest) if path.exists()}
    assert kept == {paths[0], *paths[2:], newest}


def test_what_the_image_adds_leaves_the_lock_alone(repository: Path) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n"})

    fits = build(repository, make_settings({"extra": ["beta"]}), echo=quietly)

    assert installed(fits) == {"alpha": "1.0", "beta": "1.0"}
    with pytest.raises(InstallFailed, match="gamma"):
        build(repository, make_settings({"extra": ["gamma"]}), echo=quietly)


def test_the_own_suite_gets_its_requirement_file_and_packages_on_top(repository: Path) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n", "requirements-dev.txt": "tester\n"})
    settings = make_settings(OWN_SUITE={"groups": ["requirements-dev.txt"], "extra": ["beta"]})

    production = build(repository, settings, echo=quietly)
    suite = build(repository, settings, own_suite=True, echo=quietly)

    assert installed(production) == {"alpha": "1.0"}
    assert installed(suite) == {"alpha": "1.0", "beta": "1.0", "tester": "1.0"}


def test_a_lock_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(InstallFailed, match=r"poetry\.lock does not exist: .*install\.lock"):
        build(repository, make_settings({"lock": "poetry.lock"}), echo=quietly)


def uv_project(repository: Path) -> None:
    manifest = """
        [project]
        name = "shop"
        version = "1.0"
        requires-python = ">=3.8"
        dependencies = ["alpha<2"]
        scripts = { shop-admin = "shop.admin:main" }
        [project.optional-dependencies]
        more = ["beta"]
        [dependency-groups]
        dev = ["tester"]
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
    """
    lines = "\n".join(line.strip() for line in manifest.splitlines())
    write(repository, {"pyproject.toml": lines, "backend.py": BACKEND})
    command = [*interpreter.uv(), "lock", "-q", "--directory", str(repository)]
    subprocess.run([*command, "--python", PYTHON], check=True)


def test_a_uv_project_is_installed_without_its_development_group(repository: Path) -> None:
    uv_project(repository)

    plain = build(repository, make_settings({"lock": "uv.lock", "project": None}), echo=quietly)
    more = make_settings({"lock": "uv.lock", "extras": ["more"], "groups": ["dev"]}, OWN_SUITE={})
    all_of_it = build(repository, more, echo=quietly)

    assert installed(plain) == {"alpha": "1.0", "shop": "1.0"}
    assert installed(all_of_it) == {"alpha": "1.0", "beta": "1.0", "tester": "1.0"}


def test_an_installed_project_runs_from_the_tree_and_leaves_it_unchanged(repository: Path) -> None:
    uv_project(repository)
    before = sorted(path for path in repository.rglob("*") if ".git" not in path.parts)

    built = build(repository, make_settings({"lock": "uv.lock", "project": True}), echo=quietly)
    write(repository, {"shop/admin.py": "def main():\n    print('new source')\n"})
    script = subprocess.run([built.bin / "shop-admin"], capture_output=True, text=True, cwd="/")

    assert script.stdout == "new source\n", script.stderr
    after = sorted(
        path
        for path in repository.rglob("*")
        if not {".git", ".parity", "__pycache__"} & set(path.parts)
    )
    assert after == before


def poetry_lock(hashes: Hashes) -> dict[str, str]:
    return {
        "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.8"\nbeta = "^1.0"\n',
        "poetry.lock": f"""
[[package]]
name = "alpha"
version = "1.0"
files = [{{file = "alpha-1.0-py3-none-any.whl", hash = "{hashes["alpha1"]}"}}]
[[package]]
name = "beta"
version = "1.0"
files = [{{file = "beta-1.0-py3-none-any.whl", hash = "{hashes["beta"]}"}}]
[package.dependencies]
alpha = "*"
[metadata]
python-versions = "^3.8"
""",
    }


def pipfile_lock(hashes: Hashes) -> dict[str, str]:
    default = {
        "alpha": {"version": "==1.0", "hashes": [hashes["alpha1"]]},
        "beta": {"version": "==1.0", "hashes": [hashes["beta"]]},
    }
    develop = {"tester": {"version": "==1.0", "hashes": [hashes["tester"]]}}
    return {"Pipfile.lock": json.dumps({"_meta": {}, "default": default, "develop": develop})}


def pylock(hashes: Hashes) -> dict[str, str]:
    text = 'lock-version = "1.0"\ncreated-by = "test"\n'
    for name, key in (("alpha", "alpha1"), ("beta", "beta")):
        digest = hashes[key].partition(":")[2]
        wheel = f"{name}-1.0-py3-none-any.whl"
        text += f'[[packages]]\nname = "{name}"\nversion = "1.0"\n[[packages.wheels]]\n'
        text += f'name = "{wheel}"\npath = "LINKS/{wheel}"\nhashes = {{sha256 = "{digest}"}}\n'
    return {"pylock.toml": text}


def pdm_lock(hashes: Hashes) -> dict[str, str]:
    text = '[metadata]\nstrategy = ["inherit_metadata"]\n'
    for name, key, group in (
        ("alpha", "alpha1", "default"),
        ("beta", "beta", "default"),
        ("tester", "tester", "dev"),
    ):
        text += f'[[package]]\nname = "{name}"\nversion = "1.0"\ngroups = ["{group}"]\n'
        text += f'files = [{{file = "x", hash = "{hashes[key]}"}}]\n'
    return {"pdm.lock": text, "pyproject.toml": '[project]\nname = "shop"\n'}


@pytest.mark.parametrize("lock", [poetry_lock, pipfile_lock, pylock, pdm_lock])
def test_the_locks_of_other_tools_are_installed_as_they_are(
    repository: Path, links: Path, hashes: Hashes, lock: Callable[[Hashes], dict[str, str]]
) -> None:
    files = {name: text.replace("LINKS", str(links)) for name, text in lock(hashes).items()}
    write(repository, files)
    name = next(name for name in files if "lock" in name)

    built = build(repository, make_settings({"lock": name}), echo=quietly)

    assert installed(built) == {"alpha": "1.0", "beta": "1.0"}


def test_another_python_than_production_s_is_said(repository: Path) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n"})

    built = build(repository, make_settings(PYTHON="3.19"), echo=quietly)

    assert built.degraded == f"Python {built.python_version} where production has 3.19"


def test_no_python_that_the_lock_accepts_is_said_with_the_way_out(repository: Path) -> None:
    manifest = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.19"\n'
    write(repository, {"requirements.txt": "alpha==1.0\n", "pyproject.toml": manifest})

    with pytest.raises(Unavailable, match=r"Python 3\.19 .* uv python install 3\.19"):
        build(repository, make_settings(PYTHON="3.19"), echo=quietly)


def test_a_degraded_environment_is_built_again_when_production_s_python_appears(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, {"requirements.txt": "alpha==1.0\n"})
    degraded = build(repository, make_settings(PYTHON="3.19"), echo=quietly)
    found = Path(degraded.python).resolve()
    real = interpreter.installed

    def with_new_one(minor: str) -> list[Path]:
        return [found] if minor == "3.19" else real(minor)

    monkeypatch.setattr(interpreter, "installed", with_new_one)
    said: list[str] = []
    build(repository, make_settings(PYTHON="3.19"), echo=said.append)

    assert said, "the degraded environment was used again"


def test_without_git_the_tree_is_copied_without_its_clutter(repository: Path) -> None:
    uv_project(repository)
    shutil.rmtree(repository / ".git")
    write(repository, {"node_modules/huge.js": "x"})
    settings: ModuleType = make_settings({"lock": "uv.lock", "project": True})

    built = build(repository, settings, echo=quietly)

    facts: dict[str, Any] = installed(built)
    assert facts["shop"] == "1.0"

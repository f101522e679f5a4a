"""Which distribution a stale lock may lack: one that only the code asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.prove.driver.imported import candidates, imports


@pytest.fixture
def source(tmp_path: Path) -> Path:
    package = tmp_path / "source" / "shop"
    package.mkdir(parents=True)
    (package / "main.py").write_text(
        "import json\nimport web.views\nfrom shop import mail\nimport rare\n"
    )
    (package / "mail.py").write_text("import web\ndef send():\n    from post import box\n")
    return package.parent


def install(site: Path, name: str, module: str, *needs: str) -> None:
    metadata = site / f"{name}-1.dist-info"
    metadata.mkdir(parents=True)
    required = "".join(f"Requires-Dist: {need}\n" for need in needs)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{required}"
    )
    (metadata / "RECORD").write_text(f"{module}/__init__.py,,\n{name}-1.dist-info/METADATA,,\n")


def test_imports_of_functions_are_told_apart(source: Path) -> None:
    found = imports(source, ["shop"])

    assert set(found) == {"web", "rare", "post"}
    assert found["web"].loading == {"shop/main.py", "shop/mail.py"} and not found["web"].later
    assert found["post"].later == {"shop/mail.py"} and not found["post"].loading


def test_the_least_used_of_those_at_once_and_all_that_come_later(
    source: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    install(site, "Web", "web")
    install(site, "rare", "rare")
    install(site, "Post-Box", "post")
    install(site, "unused", "unused")

    assert [one.name for one in candidates(source, ["shop"], site)] == ["post-box", "rare"]


def test_what_another_distribution_brings_is_none(source: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "Web", "web", "rare>=1", 'post-box; extra == "mail"')
    install(site, "rare", "rare")
    install(site, "Post-Box", "post")

    assert [one.name for one in candidates(source, ["shop"], site)] == ["post-box", "web"]


def test_the_project_itself_brings_nothing(source: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "shop-service", "shop", "rare", "post-box")
    install(site, "rare", "rare")
    folder = '{"url": "file:///shop", "dir_info": {"editable": true}}'
    (site / "shop-service-1.dist-info" / "direct_url.json").write_text(folder)

    assert [one.name for one in candidates(source, ["shop"], site)] == ["rare"]

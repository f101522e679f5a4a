"""Code that behaves otherwise on another machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.smells import detect


def keys(tmp_path: Path, code: str, key: str) -> list[str]:
    return found(detect, repository(tmp_path, {"shop/a.py": code}), key)


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nnow = datetime.now()\n",
        "import datetime as dt\nnow = dt.datetime.utcnow()\n",
        "import datetime\nnow = datetime.datetime.now(None)\n",
        "from datetime import datetime\nfield(default=datetime.utcnow)\n",
        "from datetime import datetime\nfield(default_factory=datetime.now)\n",
    ],
)
def test_clocks_without_a_zone(tmp_path: Path, code: str) -> None:
    where = repository(tmp_path, {"shop/a.py": code})
    assert str(the(detect, where, "code.naive-now").evidence[0]) == "shop/a.py:2"


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime, timezone\nnow = datetime.now(timezone.utc)\n",
        "from datetime import datetime, UTC\nnow = datetime.now(tz=UTC)\n",
        "from django.utils import timezone\nnow = timezone.now()\n",
        "from datetime import datetime\nday = datetime.today()\n",
        "from shop.clock import datetime\nnow = datetime.now()\n",
        "def now(): ...\nnow()\n",
    ],
)
def test_clocks_with_a_zone_or_of_others(tmp_path: Path, code: str) -> None:
    assert keys(tmp_path, code, "code.naive-now") == []


@pytest.mark.parametrize(
    "code",
    [
        "open('a.txt')",
        "open('a.txt', 'w')",
        "open('a.txt', mode='a+')",
        "import io\nio.open('a.txt')",
        "from pathlib import Path\nPath('a.txt').read_text()",
        "from pathlib import Path\nPath('a.txt').write_text('x')",
        "from pathlib import Path\n(Path('a') / 'b.txt').open()",
        "from pathlib import Path\ndef f(p: Path):\n    p.open('r')",
        "from pathlib import Path\nfor f in Path('.').glob('*.txt'):\n    f.open()",
    ],
)
def test_text_files_in_the_machines_encoding(tmp_path: Path, code: str) -> None:
    assert keys(tmp_path, code, "code.open-encoding") == ["shop/a.py"]


@pytest.mark.parametrize(
    "code",
    [
        "open('a.txt', encoding='utf-8')",
        "open('a.txt', 'r', -1, 'utf-8')",
        "open('a.bin', 'rb')",
        "open('a.txt', mode)",
        "open(*arguments)",
        "open('a.txt', **options)",
        "open(os.devnull, 'w')",
        "def open(x): ...\nopen('a')",
        "from gzip import open\nopen('a.gz')",
        "import zipfile\nzipfile.ZipFile('a').open('b')",
        "import webbrowser\nwebbrowser.open('a')",
        "storage.open('a.txt')",
        "from pathlib import Path\nPath('a.txt').read_text('utf-8')",
        "from pathlib import Path\nPath('a.txt').write_text('x', encoding='utf-8')",
        "from pathlib import Path\nPath('a.txt').read_bytes()",
        "from pathlib import Path\nPath('a.txt').open('rb')",
    ],
)
def test_files_that_say_their_encoding_or_have_none(tmp_path: Path, code: str) -> None:
    assert keys(tmp_path, code, "code.open-encoding") == []


def test_all_places_of_a_file_are_its_evidence(tmp_path: Path) -> None:
    where = repository(tmp_path, {"shop/a.py": "open('a')\nopen('b')\n"})
    fact = the(detect, where, "code.open-encoding")
    assert [each.line for each in fact.evidence] == [1, 2]


@pytest.mark.parametrize(
    ("handler", "swallows"),
    [
        ("except Exception:\n    pass", True),
        ("except:\n    ...", True),
        ("except ValueError:\n    pass", False),
        ("except Exception:\n    log()", False),
    ],
)
def test_errors_that_nobody_hears_of(tmp_path: Path, handler: str, swallows: bool) -> None:
    code = f"try:\n    f()\n{handler}\n"
    assert bool(keys(tmp_path, code, "code.swallowed-error")) == swallows


def test_only_what_ships_counts(tmp_path: Path) -> None:
    code = "open('a.txt')\n"
    paths = ["shop/tests/test_a.py", "shop/migrations/0001.py", "scripts/a.py", "manage.py"]
    where = repository(tmp_path, {path: code for path in paths})
    assert list(detect(where)) == []


@pytest.mark.parametrize(
    "code",
    [
        "from pathlib import Path\nA = Path(__file__).parent / 'sql' / 'a.sql'",
        "from pathlib import Path\nA = Path(__file__).resolve().parents[1] / 'shop/sql/a.sql'",
        "import os\nHERE = os.path.dirname(__file__)\nA = os.path.join(HERE, 'sql', 'a.sql')",
        "from importlib.resources import files\nA = files('shop').joinpath('sql/a.sql')",
        "import importlib.resources\nA = importlib.resources.files('shop') / 'sql/a.sql'",
        "import pkgutil\nA = pkgutil.get_data(__name__, 'sql/a.sql')",
    ],
)
def test_files_beside_the_code(tmp_path: Path, code: str) -> None:
    where = repository(tmp_path, {"shop/a.py": code, "shop/sql/a.sql": "SELECT 1"})
    assert found(detect, where, "code.package-data") == ["shop/sql/a.sql"]


def test_paths_that_run_in_circles_are_no_files(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nA = B / 'x'\nB = A / 'y'\nC = Path(__file__).parents[99] / 'z'\n"
    )
    assert keys(tmp_path, code, "code.package-data") == []

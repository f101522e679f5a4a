"""Expressions that nest as deep as the parser lets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import repository

from scaffolder.scan.scan import DETECTORS

TEXT = '"a"' + '+"b"' * 1400
CALLS = "x" + ".f()" * 700
TESTS = " or ".join(["os.getenv('DB') == 'x'"] * 1400)
CODE = f"""\
URL = {TEXT}
app = FastAPI(openapi_url={TEXT})
router = APIRouter(prefix={TEXT})
urlpatterns = [path({TEXT}, include({TEXT}))] + {"a + " * 1400}a
HERE = Path(__file__){"/'a'" * 1400}
cursor.execute({TEXT})
{CALLS}
if {TESTS}:
    DATABASES = {{"default": {{"ENGINE": {TEXT}}}}}
@router.get({TEXT})
def test_a(client):
    client.post({TEXT}, json={{"a": {TEXT}}})
    patch({TEXT})
class TestConfig:
    DATABASE_URL = {TEXT}
"""


@pytest.mark.parametrize("name", DETECTORS)
def test_deep_expressions_are_no_error(name: str, tmp_path: Path) -> None:
    settings = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    files = {path: CODE for path in ("shop/urls.py", "shop/settings.py", "tests/test_a.py")}
    where = repository(tmp_path, {"manage.py": settings} | files)

    assert len(where.python.modules) == 4, where.tree.notes
    assert all(fact.value for fact in DETECTORS[name](where))

"""No free text becomes a name: every kind of identifier refuses what could be code."""

from __future__ import annotations

import json

import pytest
from spec_text import MINIMAL, problems, spec_of

from scaffolder.spec.grammar import KINDS, Kind, command_problem, instant_problem, problem_of

HOSTILE = [
    "",
    " ",
    "a b",
    "a'b",
    'a"b',
    "a`b",
    "a\nb",
    "ab\n",
    "\nab",
    "a\tb",
    "a\0b",
    "a\\b",
    "a\u2028b",
    "a\x85b",
    "{{ 7*7 }}",
    "{% raw %}",
    "${{ secrets.X }}",
    "../secret",
    "a/../../b",
    "/etc/passwd",
    "-rf",
    "a;b",
    "a|b",
    "a$(b)",
    "\N{PILE OF POO}",
    "na\u00efve",
    "\u0430dmin",
    "\ud800",
    "x" * 5000,
]
GOOD = {
    "id": ["a", "lost-insert", "v2"],
    "captured name": ["id", "order_id"],
    "module name": ["shop", "shop.models", "_x"],
    "variable name": ["SECRET_KEY", "a"],
    "table name": ["orders", "sales.orders", "Order$"],
    "column name": ["id", "createdAt"],
    "path": [".", "a/b.txt", ".github/x", "a+b@c", "..hidden/x"],
    "pattern of paths": ["migrations/*.sql", "**/[0-9]?.sql"],
    "place": ["tests/conftest.py:12", "compose.yaml", "a.py:1-3"],
    "test": ["tests/test_x.py::test_y", "tests/test_x.py::TestA::test_y"],
    "image name": ["postgres:16", "ghcr.io/a/b:1.2", "localhost:5000/pg", "a@sha256:" + "0" * 64],
    "locale name": ["C", "C.UTF-8", "de_DE@euro"],
    "collation name": ["C.UTF-8", "en-x-icu", "und-x-icu"],
    "time zone": ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+3"],
    "operating system": ["debian-12", "alpine-3.19"],
    "Python version": ["3.10", "3.12.1"],
    "major version": ["9", "16"],
    "extension name": ["citext", "uuid-ossp"],
    "encoding": ["UTF8", "SQL_ASCII"],
    "package name": ["shop-admin", "a", "zope.interface"],
    "header name": ["X-Forwarded-Proto"],
    "cookie name": ["csrftoken", "__Host-x.y"],
    "field name": ["note", "address.city"],
    "path in the answer": ["id", "items.0.id"],
    "runner": ["ubuntu-24.04"],
    "URL path": ["/", "/orders/{id}?a=b&c=%20", "{location}", "/a(1)/~b"],
    "duration": ["1s", "300s"],
    "date": ["2027-01-31"],
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_good_names_are_taken_and_hostile_ones_refused(kind: Kind) -> None:
    assert [value for value in GOOD[kind.name] if problem_of(kind, value)] == []

    taken = [value for value in HOSTILE if problem_of(kind, value) is None]
    allowed = {
        "URL path": ["/etc/passwd"],
        # Relative to app.directory; consistency.py refuses what leaves the repository.
        "path": ["../secret"] if "app.directory" in kind.wanted else [],
    }
    assert taken == allowed.get(kind.name, [])


def test_urls_hold_quotes_but_no_template_braces() -> None:
    url = next(kind for kind in KINDS if kind.name == "URL path")

    assert problem_of(url, "/it's") is None
    for value in ("/{{x}}", "/a b", "//{{", '/"', "/a\\b", "/\u00fc", "orders"):
        assert problem_of(url, value) is not None, value


@pytest.mark.parametrize("value", [value for value in HOSTILE if "\ud800" not in value])
@pytest.mark.parametrize(
    "template",
    [
        "app.name",
        "gaps: [{id: %s, category: packaging}]",
        "logins: [{id: %s, steps: [{get: /}]}]",
        "checks: [{id: %s, tier: smoke, budget: 5s}]",
        "journeys: [{id: %s, act: {get: /}}]",
        "journeys: [{id: a, act: {get: /, capture: {%s: id}}}]",
        "journeys: [{id: a, act: {get: /}, stored: [{table: %s}]}]",
        "journeys: [{id: a, act: {get: /}, stored: [{table: t, where: {%s: 1}}]}]",
        "journeys: [{id: a, act: {get: /, headers: {%s: x}}}]",
        "refusals: [{id: a, act: {post: /}, unchanged: [%s]}]",
        "packaging: {data_files: [%s]}",
        "ci: {runner: %s}",
    ],
)
def test_hostile_names_in_a_spec_have_a_place(template: str, value: str) -> None:
    quoted = json.dumps(value)
    if template == "app.name":
        text = MINIMAL.replace("name: shop", f"name: {quoted}", 1)
    else:
        text = MINIMAL + template % quoted + "\n"

    found = problems(text)

    assert found, "it was accepted"
    assert all(line.startswith("parity.yaml:") and "\n" not in line for line in found), found
    assert all(line.isprintable() for line in found), found


@pytest.mark.parametrize(
    "value", ["it's {{ 7*7 }} ${{ x }} \u2028 \N{PILE OF POO}", "\ud800", "'\"\\"]
)
def test_free_text_and_payloads_hold_anything(value: str) -> None:
    # YAML, unlike JSON, has no pairs of surrogates for an emoji, and ends a line at U+2028.
    quoted = json.dumps(value, ensure_ascii="\ud800" in value).replace("\u2028", "\\u2028")
    text = MINIMAL + (
        f"gaps: [{{id: a, category: packaging, what: {quoted}}}]\n"
        f"journeys: [{{id: a, act: {{post: /, json: {{x: {quoted}}}}}}}]\n"
    )

    spec = spec_of(text)

    assert spec.gaps[0].what == value
    assert spec.journeys[0].act.json_ == {"x": value}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a 'b", "no closing quotation"),
        ("", "the program is missing"),
        ("''", "the program is missing"),
        ("a\nb", "one line"),
        ("a\u2028b", "one line"),
        ("a \0", "one line"),
    ],
)
def test_what_is_no_command(value: str, reason: str) -> None:
    assert reason in (command_problem(value) or "it was accepted")


def test_a_folded_command_is_one() -> None:
    assert command_problem("uvicorn shop.main:app --port {port}\n") is None


def test_instants_need_an_offset() -> None:
    assert instant_problem("2027-03-28T01:30:00Z") is None
    assert instant_problem("2027-03-28T01:30:00+05:30") is None
    assert "offset" in (instant_problem("2027-03-28T01:30:00") or "")
    assert "looks like" in (instant_problem("tomorrow") or "")

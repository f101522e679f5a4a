"""Rules between the entries of a spec: what is named exists, and fits together."""

from __future__ import annotations

import pytest
from spec_text import MINIMAL, problems

MODE = "visibility: silent, blast_radius: record, detection: hard"
BASE = MINIMAL + (
    "gaps: [{id: sqlite, category: db-dialect}]\n"
    f"failure_modes: [{{id: lost, gap: sqlite, {MODE}}}]\n"
    "logins: [{id: customer, steps: [{post: /login, capture: {token: t}}]}]\n"
)


def journey(text: str) -> str:
    return BASE + "journeys: [{id: order, act: {post: /orders}, " + text + "}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            journey("covers: [lots]"),
            "17:55: journeys[0].covers[0]: there is no failure mode 'lots' (",
        ),
        (journey("login: custommer"), "there is no login 'custommer' (did you mean 'customer'?)"),
        (journey("tier: unit"), "unknown tier 'unit' ("),
        (
            journey("stored: [{table: t, where: {id: '{id}'}}]"),
            "'{id}' is not captured before this",
        ),
        (
            journey("visible: {get: '/o/{id}'}"),
            "visible.get: '{id}' is not captured before this poi",
        ),
        (journey("login: customer, visible: {get: '/o/{tokn}'}"), "did you mean 'token'?"),
        (journey("visible: {get: /, post: /}"), "exactly one method, here: get and post"),
        (journey("visible: {status: 200}"), "exactly one method, here: none"),
        (
            journey("setup: [{get: '/{x}', capture: {x: id}}]"),
            "setup[0].get: '{x}' is not captured",
        ),
        (journey("setup: [{post: /, json: 1, form: {}}]"), "one body, here: form and json"),
        (journey("setup: [{post: /, form: {a: yes}}]"), "the form field 'a' holds text, not True"),
        (journey("setup: [{post: /, json: {d: 2027-01-01}}]"), 'quote it: "2027-01-01"'),
        (journey("setup: [{post: /, json: [.nan]}]"), "json[0]: JSON has no number like this"),
        (journey("setup: [{get: /, capture: {a: {}}}]"), "exactly one of header, cookie and text"),
        (
            journey("setup: [{get: /, capture: {a: {text: x}}}]"),
            "'x' must hold exactly one (group)",
        ),
        (journey("setup: [{get: /, capture: {base_url: id}}]"), "'base_url' is no captured name"),
        (journey("stored: [{table: t, rows: 0, values: {a: 1}}]"), "`rows: 0` leaves no row"),
        (
            journey("stored: [{table: t, where: {a: {present: true}}}]"),
            "compares with a plain value",
        ),
        (
            journey("stored: [{table: t, values: {a: {recent: 5}}}]"),
            "does not fit the matcher 'rec",
        ),
        (journey("stored: [{table: t, values: {a: {present: no}}}]"), "the only value is true"),
        (journey("stored: [{table: t, values: {a: {matches: '('}}}]"), "no regular expression"),
        (journey("stored: [{table: t, values: {a: {instant: x}}}]"), "an instant looks like"),
        (journey("stored: [{table: t, rows: -1}]"), "stored[0].rows: input should be greater"),
        (
            journey("fields: {note: {kind: text}}"),
            "`fields` names fields of the payload, and `act`",
        ),
        (BASE + "journeys: [{id: a, act: {run: x, post: /}}]", "'post' belongs to a request"),
        (BASE + "journeys: [{id: a, act: {post: /, exit: 0}}]", "'exit' belongs to a command"),
        (BASE + "journeys: [{id: a, act: {run: x, capture: {i: id}}}]", "a command prints text"),
        (BASE + "journeys: [{id: imports, act: {get: /}}]", "'imports' is the name of a check"),
        (
            BASE + "journeys: [{id: a, act: {post: /, json: {n: 1}}, fields: {n: {kind: text, "
            "column: n, shown: n}}}]",
            "'n' is shown in the first `visible`; there is none",
        ),
        (
            BASE + "refusals: [{id: a, act: {post: /, status: 201}, unchanged: [t]}]",
            "an action that is refused does not answer 201",
        ),
        (
            BASE + "refusals: [{id: a, act: {post: /}, unchanged: []}]",
            "unchanged: list should have",
        ),
        (
            BASE + "refusals: [{id: a, act: {post: /}, unchanged: [t]}]\n"
            "journeys: [{id: a, act: {get: /}}]",
            "the id 'a' is already taken by journeys[0]",
        ),
        (MINIMAL + f"failure_modes: [{{id: a, gap: b, {MODE}}}]", "the file declares no gap"),
        (
            BASE.replace("id: lost,", "id: lost, depends_on: [nothing, clock],"),
            "'nothing' (pure logic) stands alone",
        ),
        (
            BASE.replace("id: lost,", "id: lost, tier: smoke, covered_by: 't.py::a',"),
            "covered_by names a unit test, and the tier is 'smoke'",
        ),
        (
            MINIMAL + "checks: [{id: imports, tier: smoke, budget: 181s}]",
            "take 181s together, its budget is 180s (`parity plan` moves the least to nightly)",
        ),
        (
            MINIMAL + "commands: {pr_smoke: {tiers: [smoke, smoke]}}",
            "the tier 'smoke' stands here a second time",
        ),
        (MINIMAL.replace(" --port {port}", ""), "6:10: app.start has no {port}"),
        (
            MINIMAL.replace("{port}\n", "{prot} {port}\n"),
            "no placeholder '{prot}' here (did you mean",
        ),
        (MINIMAL.replace("{host}:", ""), "no variable takes {host}"),
        (MINIMAL.replace("/{name}", "/{dbname}"), "there is no placeholder '{dbname}' here"),
        (MINIMAL.replace("uv.lock", "../uv.lock"), "'../uv.lock' leaves the repository"),
        (MINIMAL.replace("uv.lock", "yarn.lock"), "is no lock file that parity knows"),
        (MINIMAL.replace("[shop]", "[]"), "app.packages: list should have at least 1 item"),
        (MINIMAL.replace("[shop]", "[class.x]"), "a word of the Python language is no module"),
        (MINIMAL.replace("  start", "  orm: django\n  start"), "app.django_settings is missing"),
        (MINIMAL.replace('"3.12"', "3.10"), "YAML reads '3.10' as a number (quote it: \"3.10\")"),
        (MINIMAL + "  environment: {A: {required: true}}", "a required variable needs a `sample`"),
        (MINIMAL + "  environment: {DATABASE_URL: {sample: x}}", "in production.database.env, too"),
        (MINIMAL + "    sql_files: [a.sql]", "both `migrate` and `sql_files` build the schema"),
        (MINIMAL + "    image: 'a b'", "'a b' is no image name"),
    ],
)
def test_what_does_not_fit_is_said(text: str, expected: str) -> None:
    found = problems(text if text.endswith("\n") else text + "\n")

    assert any(expected in line for line in found), found


def test_a_journey_needs_a_server_unless_it_is_a_command() -> None:
    text = MINIMAL.replace("  start: uvicorn shop.main:app --port {port}\n", "")

    command = problems(text + "journeys: [{id: a, act: {run: shop-admin add}}]\n")
    request = problems(text + "journeys: [{id: a, act: {get: /}}]\n")

    assert command == []
    assert request == [
        "parity.yaml:13:12: journeys[0]: a journey that sends requests needs app.start "
        "(the command that starts the server)"
    ]


def test_a_broken_name_is_no_suggestion() -> None:
    text = MINIMAL + 'gaps: [{id: "lo\\nst", category: packaging}]\n'
    text += f"failure_modes: [{{id: a, gap: lost, {MODE}}}]\n"

    assert all("\n" not in line for line in problems(text))


def test_a_lock_above_the_application_is_inside_the_repository() -> None:
    text = MINIMAL.replace("uv.lock", "../uv.lock").replace(
        "  name", "  directory: backend\n  name"
    )

    assert problems(text) == []


def test_captured_names_are_known_from_then_on() -> None:
    text = journey(
        "login: customer, setup: [{post: '/a?t={token}', capture: {a: id}}, {get: '/b/{a}'}],"
        " stored: [{table: t, where: {id: '{a}', u: '{base_url}/x'}}], visible: [{get: '/c/{a}'}]"
    )

    assert problems(text) == []


def test_matchers_are_taken_where_they_fit() -> None:
    values = (
        "{a: {recent: 5s}, b: {present: true}, c: {matches: '^x$'}, d: {differs: [1]},"
        " e: {instant: '2027-03-28T01:30:00Z'}, f: {present: 1, other: 2}, g: null}"
    )

    assert problems(journey(f"stored: [{{table: t, values: {values}}}]")) == []


def test_a_finding_of_a_check_in_local_can_be_accepted() -> None:
    assert problems(BASE + "accepted: [{check: local-report, reason: known}]\n") == []

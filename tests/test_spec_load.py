"""parity.yaml: what is refused, where, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_text import MINIMAL, problems, spec_of

from scaffolder.spec.load import load
from scaffolder.spec.problems import SpecError


def test_the_smallest_spec_is_valid_and_has_defaults() -> None:
    spec = spec_of(MINIMAL)

    assert spec.app.orm == "none"
    assert spec.production.timezone == "UTC"
    assert spec.commands.budget("pr_smoke") == 180
    assert spec.commands.tiers("pr_smoke") == ("smoke", "unit")


def test_every_problem_is_reported_at_once_in_file_order() -> None:
    text = MINIMAL.replace('version: "16"', "version: 16") + (
        "gaps: [{id: sqlite, category: db-dialekt}]\n"
        "failure_modes:\n"
        "  - {id: lost, gap: sqlit, visibility: silent, blast_radius: record, detection: hard,\n"
        "     tier: smok}\n"
        "  - {id: late, gap: sqlit, visibility: loud, blast_radius: record, detection: easy}\n"
        "chekcs: []\n"
    )

    assert problems(text) == [
        "parity.yaml:11:14: production.database.version: text is wanted, and YAML reads '16' as a "
        'number (quote it: "16")',
        "parity.yaml:14:31: unknown category 'db-dialekt' (did you mean 'db-dialect'?)",
        "parity.yaml:17:12: unknown tier 'smok' (did you mean 'smoke'?)",
        "parity.yaml:18:21: failure_modes[1].gap: there is no gap 'sqlit' (did you mean 'sqlite'?)",
        "parity.yaml:19:1: unknown key 'chekcs' (did you mean 'checks'?)",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("strict: yes please", "14:9: strict: true or false is wanted, not 'yes please'"),
        ("gaps: {}", "14:7: gaps: a list is wanted here"),
        ("gaps:", "14:6: gaps: a list is wanted, not ''"),
        ("gaps: [x]", "14:8: gaps[0]: a mapping is wanted, not 'x'"),
        ("ci: {runner: 24.04}", "14:14: ci.runner: text is wanted, and YAML reads '24.04' as a "),
        ("packaging: {artifact: weel}", "unknown artifact 'weel' (did you mean 'wheel'?)"),
        ("ci: {provider: [github]}", "unknown key 'provider' in ci (did you mean 'providers'?)"),
        ("commands: {pr_smok: {}}", "unknown key 'pr_smok' in commands (did you mean 'pr_smoke'?)"),
        ("commands: {pr_smoke: {tiers: [smoek]}}", "unknown tier 'smoek' (did you mean 'smoke'?)"),
        ("commands: {pr_smoke: {budget: 301s}}", "14:31: pr_smoke has at most 300s, not 301s"),
        ("commands: {pr_smoke: {budget: 5m}}", "14:31: commands.pr_smoke.budget: '5m' is no durat"),
        (
            "checks: [{id: importz, tier: smoke, budget: 5s}]",
            "no check 'importz' (did you mean 'im",
        ),
        ("checks: [{id: imports, budget: 5s}]", "14:10: 'tier' is missing in checks[0] (`parity p"),
        (
            "journeys: [{id: local-a, act: {get: /}, stored: [{table: t}]}]",
            "the id 'local-a' is the name of a check in tests/parity/local/",
        ),
        ("accepted: [{check: imprts, reason: x}]", "no check or journey 'imprts' (did you mean 'i"),
        ('accepted: [{check: imports, reason: x, until: "2027-02-30"}]', "there is no such day"),
        ("accepted: [{check: imports, reason: x, until: 2027-02-03}]", "'2027-02-03' as a date (q"),
        ("incidents: [{id: a}]", "14:13: 'pattern' is missing in incidents[0]"),
        ("on: 1", "14:1: the key 'on' is read as true or false (quote it: \"on\")"),
        ("gaps: []\ngaps: []", "15:1: the key 'gaps' stands here a second time (first in line 14)"),
        ("gaps: [2027-13-45]", "14:8: '2027-13-45' looks like a date and is none; quote it"),
        ('gaps: ["a\\0b"]', "14:8: NUL is not allowed, in no text"),
        ("gaps: &a [*a]", "an alias stands inside of what it names"),
        ("gaps: *nowhere", "14:7: found undefined alias 'nowhere'"),
        ("gaps: !!python/object:os.system {}", "14:7: could not determine a constructor for the t"),
        ("gaps: [", "this is no YAML: "),
        ("\tgaps: []", "this is no YAML: "),
        ("? [a]\n: b", "14:3: found unhashable key"),
        ("---\nparity: 1", "14:1: but found another document"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(line: str, expected: str) -> None:
    found = problems(MINIMAL + line + "\n")

    assert found, "it was accepted"
    assert any(expected in text for text in found), found
    assert all(text.startswith("parity.yaml:") for text in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "parity.yaml:1:1: the file is empty (it begins with `parity: 1`)"),
        ("# nothing but a comment\n", "parity.yaml:1:1: the file is empty"),
        ("- a\n", "parity.yaml:1:1: the file must hold a mapping"),
        ("shop", "parity.yaml:1:1: the file must hold a mapping"),
        (b"parity: 1\nname: \xff\n", "parity.yaml:2:7: the file is not UTF-8 (save it as UTF-8)"),
        (b"parity: 1\nx: \x00\n", "parity.yaml:2:4: the character '\\x00' is not allowed in YAML"),
        ("#" * 1_000_001, "parity.yaml:1:1: the file has 1000001 bytes, more than 1000000"),
        ("a: " + "[" * 5000, "parity.yaml:1:43: too deeply nested"),
        ("parity: 2\n", "this is version 2 of the format; this parity reads version 1"),
        ("parity: 1\n", "parity.yaml:1:1: 'app' is missing"),
        ("a: " + "9" * 5000, "looks like a number and is none; quote it"),
    ],
)
def test_a_file_that_is_no_spec(text: str | bytes, expected: str) -> None:
    assert any(expected in found for found in problems(text)), problems(text)


def test_aliases_that_stand_for_billions_of_values_are_refused() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    text = MINIMAL + "a0: &a0 [x, x]\n" + "\n".join(levels)

    assert problems(text) == [
        "parity.yaml:1:1: the file stands for more than 200000 values once its aliases are expanded"
    ]


def test_anchors_and_merge_keys_are_fine() -> None:
    text = MINIMAL + (
        "gaps:\n"
        "  - &gap {id: a, category: packaging, what: x}\n"
        "  - {<<: *gap, id: b}\n"
        "  - {<<: *gap, id: b, category: nope}\n"
    )

    assert problems(text) == ["parity.yaml:17:33: unknown category 'nope' (" + _categories() + ")"]
    assert [gap.what for gap in spec_of(text.rsplit("\n", 2)[0]).gaps] == ["x", "x"]


def _categories() -> str:
    names = "db-dialect dependencies environment os-container packaging real-vs-mock serialization"
    return "one of: " + ", ".join([*names.split(), "timezone-locale"])


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    raw = b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode() + b"gap: []\r\n"

    assert problems(raw) == ["parity.yaml:14:1: unknown key 'gap' (did you mean 'gaps'?)"]


def test_an_engine_that_is_not_supported_is_said_so() -> None:
    found = problems(MINIMAL.replace("engine: postgres", "engine: mysql"))

    assert found == [
        "parity.yaml:10:13: the engine 'mysql' is not supported yet "
        "(the only engine so far is 'postgres')"
    ]


def test_load_raises_with_all_problems(tmp_path: Path) -> None:
    file = tmp_path / "parity.yaml"
    file.write_text(MINIMAL + "a: 1\nb: 2\n", encoding="utf-8")

    with pytest.raises(SpecError) as caught:
        load(file)

    assert str(caught.value).splitlines() == [
        "parity.yaml:14:1: unknown key 'a'",
        "parity.yaml:15:1: unknown key 'b'",
    ]


@pytest.mark.parametrize("line", range(len(MINIMAL.splitlines())))
def test_a_spec_that_lost_any_line_is_valid_or_has_problems(line: int) -> None:
    lines = MINIMAL.splitlines(keepends=True)
    found = problems("".join(lines[:line] + lines[line + 1 :]))

    optional = {"  start:", "    migrate:"}
    assert bool(found) != any(lines[line].startswith(start) for start in optional)

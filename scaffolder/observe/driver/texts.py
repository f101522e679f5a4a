"""Fixed sample values by the name of a field: `email` -> ada@example.org."""

from __future__ import annotations

import re
from typing import Any

from scaffolder.observe.driver.openapi import snake

PASSWORD = "Correct-Horse-7-Battery"
OTHER_PASSWORD = "Staple-8-Battery-Horse"
PEOPLE = (
    ("Grace", "Hopper"),
    ("Alan", "Turing"),
    ("Ada", "Lovelace"),
    ("Edsger", "Dijkstra"),
    ("Barbara", "Liskov"),
    ("Donald", "Knuth"),
)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
COUNT = len(PEOPLE)  # see plan.ACT, SETUP, LOGIN, AGAIN

SECRETS = re.compile(r"pass(word|wd|phrase)?\d?$|^pwd$|password|passwd")
OLD = re.compile(r"current|old|existing|previous")
NEW = re.compile(r"new")
IDENTITIES = ("email", "username", "user_name", "login", "identifier", "user", "name", "e_mail")
RISKY = r"super|admin|staff|root|delete|disable|banned|blocked|locked|archive|hidden|dry_run"
USUAL = r"active|enabled|verified|public|published|agree|accept|terms|consent"
# A field with one of these names is another's key, or one's own: no free text.
KEYS = re.compile(r"(^|_)(id|ids|uuid|pk|sku|slug)$")


def is_secret(name: str) -> bool:
    return bool(SECRETS.search(snake(name)))


def words(name: str) -> list[str]:
    return snake(name).split("_")


def text_for(name: str, n: int, *, person: bool = True) -> str:
    """A text that somebody would put there; another one for another `n`.

    `person`: whether a `name` beside it is that of a person.
    """
    plain = snake(name)
    first, last = PEOPLE[n % COUNT]
    if is_secret(name):
        return OTHER_PASSWORD if NEW.search(plain) else PASSWORD
    exact = {
        "username": first.lower(),
        "user_name": first.lower(),
        "login": first.lower(),
        "nickname": first.lower(),
        "handle": first.lower(),
        "first_name": first,
        "firstname": first,
        "given_name": first,
        "last_name": last,
        "lastname": last,
        "surname": last,
        "family_name": last,
        "name": f"{first} {last}",
        "full_name": f"{first} {last}",
        "fullname": f"{first} {last}",
        "display_name": f"{first} {last}",
        "author": f"{first} {last}",
        "title": f"The {ORDINALS[n % COUNT]} entry",
        "slug": f"{ORDINALS[n % COUNT]}-entry",
        "country": "DE",
        "country_code": "DE",
        "currency": "EUR",
        "language": "en",
        "locale": "en",
        "lang": "en",
        "timezone": "UTC",
        "time_zone": "UTC",
        "tz": "UTC",
        "ip": "192.0.2.7",
        "zip": "10115",
        "zip_code": "10115",
        "postal_code": "10115",
        "postcode": "10115",
        "city": "Berlin",
        "street": "Main Street 7",
        "grant_type": "password",
        "scope": "",
    }
    if plain == "name" and not person:
        return f"The {ORDINALS[n % COUNT]} one"
    return exact.get(plain) or _by_part(plain, n)


def _by_part(plain: str, n: int) -> str:
    first = PEOPLE[n % COUNT][0].lower()
    parts = set(plain.split("_"))
    if parts & {"email", "mail"}:
        return f"{first}@example.org"
    if parts & {"url", "uri", "website", "homepage", "image", "avatar", "link", "href", "photo"}:
        return f"https://example.org/{first}"
    if parts & {"phone", "mobile", "tel", "telephone", "fax"}:
        return f"+1202555010{n % COUNT}"
    if parts & {"color", "colour"}:
        return "#336699"
    if parts & {"sku", "code", "number", "reference", "serial", "isbn", "barcode"}:
        return f"{plain[:1].upper()}-10{n % COUNT}"
    when = moment(plain, n)
    if when:
        return when
    return f"{plain.replace('_', ' ').capitalize()} {n % COUNT + 1}".strip()


def moment(plain: str, n: int = 0) -> str | None:
    """A date for `due_date`, an instant for `deliver_at`; None for other names."""
    parts = plain.split("_")
    if "birth" in plain or parts[-1] in ("dob", "born"):
        return "1990-05-17"
    if parts[-1] in ("date", "day", "on"):
        return date(plain, n)
    if parts[-1] in ("at", "datetime", "timestamp") or parts[0] in ("starts", "ends"):
        return instant(plain, n)
    return None


def is_end(plain: str) -> bool:
    """Of a span, the later of the two."""
    return bool(re.search(r"(^|_)(end|ends|until|to|finish|expires?|close|due)(_|$)", plain))


def date(plain: str, n: int = 0) -> str:
    """Around a change of daylight saving time; the end of a span is later."""
    return f"2027-03-{(28 if is_end(plain) else 27) + n % COUNT % 3}"


def instant(plain: str, n: int = 0) -> str:
    return f"{date(plain, n)}T01:30:00Z"


def number_for(name: str, n: int) -> int:
    """A small number; another one for another `n`."""
    parts = words(name)
    if "year" in parts:
        return 2027
    if parts[-1] in ("quantity", "count", "amount", "qty", "rating", "stars", "priority"):
        return 2 + n % COUNT % 3
    if parts[-1] in ("latitude", "lat", "longitude", "lon", "lng"):
        return 13
    return 7 + n % COUNT


def flag_for(name: str, n: int = 0) -> bool:
    """False for what takes away or gives power; for harmless flags, another for another `n`."""
    if re.search(USUAL, snake(name)) is not None:
        return True
    return re.search(RISKY, snake(name)) is None and n % 2 == 0


def other(value: Any) -> Any:
    """A value unlike the given one, of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value} again" if isinstance(value, str) else value

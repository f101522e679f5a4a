"""Who may log in, and forms on pages."""

from __future__ import annotations

import re
import uuid

from scaffolder.observe.driver.identities import (
    Identity,
    as_look,
    holds_secret,
    identities,
    identity_in,
    of_commands,
    origins,
    tokens,
)
from scaffolder.observe.driver.keys import captures, is_lasting, singular, stem_of
from scaffolder.observe.driver.pages import forms

PAGE = """
<form action="/search"><input name="q"></form>
<form method="post">
  <input type="hidden" name="csrfmiddlewaretoken" value="a1b2c3d4">
  <input name="email" type="email"><input type="datetime-local" name="starts_at">
  <textarea name="note" maxlength="3"></textarea>
  <select name="room"><option value="">-</option><option value="2">Two</option></select>
  <input type="submit" name="go" value="Go">
</form>
"""


def test_passwords_of_the_environment_with_the_names_that_belong_to_them() -> None:
    environment = {
        "FIRST_SUPERUSER": "admin@example.org",
        "FIRST_SUPERUSER_PASSWORD": "s3cret",
        "POSTGRES_USER": "app",
        "POSTGRES_PASSWORD": "never",
    }

    found = identities(environment, [], {})

    names = {"username": "admin@example.org", "email": "admin@example.org"}
    assert found == [Identity(names, "s3cret")]


def test_who_is_stored_already_may_have_the_password_of_the_environment() -> None:
    stored = {"users": {(1,): {"id": 1, "username": "staff"}}}

    found = identities({"ADMIN_PASSWORD": "s3cret"}, [], stored)

    assert Identity({"username": "staff"}, "s3cret") in found


def test_commands_that_make_users() -> None:
    assert ("reception", "parity-only") in of_commands(
        ["python manage.py ensure_staff reception parity-only"]
    )
    assert ("a@b.org", "pw") in of_commands(
        ["python manage.py createsuperuser --email a@b.org --password pw"]
    )


def test_the_token_of_an_answer() -> None:
    assert tokens({"user": {"token": "abcdefghij"}, "token_type": "bearer"}) == ["user.token"]
    assert tokens({"refresh": "abcdefghij", "access": "klmnopqrst"}) == ["access"]
    assert tokens(["text"]) == []


def test_a_log_in_as_somebody_else_is_a_look() -> None:
    step = {
        "post": "/login",
        "json": {"user": {"email": "a@b.org", "password": "old"}},
        "status": 200,
    }

    look = as_look(step, {"a@b.org": "c@d.org", "old": "new"})

    assert look["content"] == '{"user": {"email": "c@d.org", "password": "new"}}'
    assert look["headers"] == {"Content-Type": "application/json"}
    assert "json" not in look


def test_who_a_sign_up_makes() -> None:
    step = {"post": "/users", "json": {"user": {"email": "a@b.org", "password": "x"}}}

    assert identity_in(step) == Identity({"email": "a@b.org"}, "x")
    assert holds_secret(step)
    assert not holds_secret({"post": "/items", "json": {"title": "x"}})


def test_sites_that_the_environment_names() -> None:
    environment = {
        "TRUSTED": "https://a.example, https://b.example/",
        "DATABASE_URL": "postgres://x",
    }

    assert origins(environment) == ["{base_url}", "https://a.example", "https://b.example"]


def test_a_form_as_a_browser_sends_it() -> None:
    (form,) = forms(PAGE, "/appointments/new/", 0)

    assert form.action == "/appointments/new/"
    assert form.fields == {
        "csrfmiddlewaretoken": "{csrf}",
        "email": "grace@example.org",
        "starts_at": "2027-03-27T01:30",
        "note": "Not",
        "room": "2",
    }
    assert form.token is not None
    found = re.search(form.token, PAGE)
    assert found is not None
    assert found.group(1) == "a1b2c3d4"


def test_where_an_answer_holds_a_key() -> None:
    answer = {"id": 7, "article": {"slug": "tea", "id": 9, "author": {"id": 1}}, "ok": True}

    assert captures(answer, "slug", "article") == ["article.slug"]
    assert captures(answer, "article_id", "article")[0] == "id"
    assert captures({"data": {}}, "id", "thing") == []


def test_what_a_key_is_the_key_of() -> None:
    assert stem_of("product_id") == "product"
    assert stem_of("id", "categories") == "category"
    assert [singular(one) for one in ("boxes", "status", "addresses", "news-items")] == [
        "box",
        "status",
        "address",
        "news-item",
    ]


def test_a_random_id_lasts_no_longer_than_its_database() -> None:
    assert not is_lasting(uuid.UUID(int=7))
    assert is_lasting("TEA-100")

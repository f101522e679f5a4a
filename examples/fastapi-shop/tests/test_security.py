from shop.security import hash_password, make_token, password_matches, read_token


def test_a_password_matches_its_hash_only() -> None:
    stored = hash_password("secret")
    assert password_matches("secret", stored)
    assert not password_matches("Secret", stored)


def test_a_token_names_its_user() -> None:
    assert read_token(make_token(7, "key", minutes=1), "key") == 7


def test_a_forged_token_is_refused() -> None:
    forged = make_token(7, "key", minutes=1).replace("7.", "1.", 1)
    assert read_token(forged, "key") is None
    assert read_token("rubbish", "key") is None


def test_an_old_token_is_refused() -> None:
    assert read_token(make_token(7, "key", minutes=-1), "key") is None

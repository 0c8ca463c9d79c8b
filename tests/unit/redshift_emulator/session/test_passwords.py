"""Forms of passwords, which no message shows."""

import hashlib

import pytest

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.session.passwords import parse_password


def test_a_clear_password_is_stored_as_md5_of_password_and_name():
    secret = parse_password("Secret1pw", "ann")
    assert (secret.kind, secret.digest) == ("md5", hashlib.md5(b"Secret1pwann").hexdigest())


def test_a_digest_is_stored_unchanged():
    digest = "0123456789ABCDEF0123456789abcdef"
    assert parse_password(f"md5{digest}", "ann").digest == digest.lower()
    secret = parse_password(f"sha256|{'a' * 64}|{'b' * 64}", "ann")
    assert (secret.kind, secret.digest, secret.salt) == ("sha256", "a" * 64, "b" * 64)


def test_sha256_of_a_clear_password_is_salted():
    one, two = (parse_password("sha256|Secret1pw", "ann") for _ in range(2))
    assert one.salt != two.salt
    expected = hashlib.sha256(b"Secret1pw" + bytes.fromhex(one.salt)).hexdigest()
    assert one.digest == expected


@pytest.mark.parametrize(
    "password",
    ["", "Aa1", "aaaaaaa1", "AAAAAAA1", "Aaaaaaaa", "Aaaaaa1 ", "Aaaaaa1@", "sha256|short"],
)
def test_a_weak_password_is_refused_without_showing_it(password):
    with pytest.raises(RedshiftError) as caught:
        parse_password(password, "ann")
    assert not password or password not in caught.value.message

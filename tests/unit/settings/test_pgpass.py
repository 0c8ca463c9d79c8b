"""The password file by the rules of libpq's documentation."""

import pytest

from pipeline.settings import Connection
from pipeline.settings.pgpass import Login, find_password, logins

HERE = Login("cluster", "5439", "dev", "dw")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("cluster:5439:dev:dw:secret", "secret"),
        ("*:*:*:*:any", "any"),
        ("cluster:5439:dev:tom:x\ncluster:*:*:dw:mine\n*:*:*:*:any", "mine"),
        ("other:5439:dev:dw:x", None),
        ("cluster:5432:dev:dw:x", None),
        ("CLUSTER:5439:dev:dw:x", None),
        ("#cluster:5439:dev:dw:x\ncluster:5439:dev:dw:y", "y"),
        ("cluster:5439:dev:dw:ends:here", "ends"),
        (r"cluster:5439:dev:dw:with\:colons\\and", r"with:colons\and"),
        (r"clus\ter:5439:dev:dw:x", "x"),
        ("cluster:5439:dev:dw:", ""),
        ("cluster:5439:dev:dw", None),
        ("cluster:5439:dev", None),
        ("c*:5439:dev:dw:x", None),
        ("cluster:5439:dev:dw:first\ncluster:5439:dev:dw:second", "first"),
        ("cluster:5439:dev:dw: spaces stay ", " spaces stay "),
        ("cluster:5439:dev:dw:dos\r\n", "dos"),
    ],
)
def test_the_first_line_that_matches_decides(text, expected):
    assert find_password(text, HERE) == expected


def test_colons_and_backslashes_in_names_are_escaped():
    assert find_password(r"\:\:1:5439:a\\b:dw:x", Login("::1", "5439", r"a\b", "dw")) == "x"


def test_by_name_a_line_for_any_user_is_ignored():
    text = "*:*:*:*:every-door\n*:*:*:dw:mine"

    assert find_password(text, HERE, by_name=True) == "mine"
    assert find_password("*:*:*:*:every-door", HERE, by_name=True) is None


LOGINS = [
    ("postgresql://dw@cluster:5439/dev", [HERE]),
    ("redshift://dw@cluster/dev", [HERE]),
    ("postgresql://dw@cluster/dev", [Login("cluster", "5432", "dev", "dw")]),
    ("postgresql://dw@/dev", [Login("localhost", "5432", "dev", "dw")]),
    ("postgresql://dw@cluster", [Login("cluster", "5432", "dw", "dw")]),
    ("postgresql://dw@a:1,b:2/dev", [Login("a", "1", "dev", "dw"), Login("b", "2", "dev", "dw")]),
    (
        "host=a,b port=7 dbname=dev user=dw",
        [Login("a", "7", "dev", "dw"), Login("b", "7", "dev", "dw")],
    ),
    ("postgresql://cluster/dev", []),
    ("hostaddr=10.0.0.1 dbname=dev user=dw", [Login("10.0.0.1", "5432", "dev", "dw")]),
]


@pytest.mark.parametrize(("text", "expected"), LOGINS)
def test_a_connection_leads_to_a_login_for_each_of_its_hosts(text, expected):
    assert list(logins(Connection.parse("X", text))) == expected


def test_another_user_logs_in_to_the_same_database():
    access = Connection.parse("X", "postgresql://admin:pw@cluster:5439/dev")

    assert list(logins(access, "dw")) == [HERE]

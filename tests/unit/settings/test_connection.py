"""Connection strings: whatever libpq accepts is accepted, and no password is shown."""

import pickle
import re
from urllib.parse import quote

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import parse_dsn

from pipeline.errors import ConfigError
from pipeline.settings import Connection, connection

GOOD = [
    "postgresql://tom:secret@host:5439/db",
    "postgres://tom:secret@host/db?sslmode=require&connect_timeout=5",
    "postgresql://host/db",
    "postgresql://tom@host",
    "postgresql://",
    "postgresql:///db",
    "postgresql:///db?host=/var/run/postgresql&user=tom",
    "postgresql://%2Fvar%2Frun/db",
    "postgresql://tom@[::1]:5432/db",
    "postgresql://tom@[2001:db8::1]/db",
    "postgresql://a:1,b:2/db?target_session_attrs=any",
    "postgresql://a,b/db",
    "postgresql://a:1,b/db",
    "postgresql://tom:p%40s%2Fs%3Aw%25d@host/d%20b",
    "postgresql://tom:a=b;c&d?e@host/db",
    "postgresql://u.v@host/db-x",
    "postgresql://tom:@host/db",
    "postgresql://host/db?options=-c%20search_path%3Da",
    "postgresql://host/db?ssl=true",
    "postgresql://host/?password=x",
    "host=h port=5439 dbname=db user=tom password=secret",
    "host = h  dbname = 'a b'",
    r"password='it\'s \\' host=h",
    r"password=a\ b host=h",
    "host='' dbname=db",
    "service=main",
]


@pytest.mark.parametrize("text", GOOD)
def test_string_is_read_as_libpq_reads_it(text):
    # An empty list of ports is the same as none.
    parsed = {key: value for key, value in parse_dsn(text).items() if value.strip(",")}
    assert dict(Connection.parse("X", text).parameters) == parsed


@pytest.mark.parametrize("text", GOOD)
def test_driver_gets_back_what_was_written(text):
    found = Connection.parse("X", text)
    assert parse_dsn(found.dsn) == dict(found.parameters)


values = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1, max_size=20)


@given(values.filter(lambda text: not re.search(r"[;,&\s]\s*\w+\s*=", text)), values)
def test_any_password_survives_percent_encoding_and_quoting(user, password):
    url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@host/db"
    found = Connection.parse("X", url)
    assert (found.user, found.parameters["password"]) == (user, password)
    assert Connection.parse("X", found.dsn).parameters == found.parameters
    assert parse_dsn(found.dsn)["password"] == password


@given(st.text(max_size=40))
def test_libpq_accepts_every_string_that_is_accepted(text):
    try:
        found = Connection.parse("X", text)
    except ConfigError:
        return
    parse_dsn(found.dsn)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD[0], "host:5439/db"),
        ("postgresql://tom@[::1]:5432/db", "[::1]:5432/db"),
        ("postgresql://tom@host", "host/tom"),
        ("postgresql:///db", "localhost/db"),
        ("service=main dbname=db", "main/db"),
        ("redshift://tom:secret@host/db", "host:5439/db"),
        ("redshift://tom@host:5440/db", "host:5440/db"),
    ],
)
def test_the_text_of_a_connection_has_no_secrets(text, place):
    found = Connection.parse("X", text)
    assert str(found) == place


SECRET = "hunter2"
SEPARATOR = "a separator in it is wrong; write blanks between key=value"
BAD = [
    ("", "is not set"),
    ("  ", "is not set"),
    (f"mysql://tom:{SECRET}@host/db", "begins with a scheme other than"),
    (f"jdbc:redshift://host/db?password={SECRET}", "begins with a scheme other than"),
    (f"tom:{SECRET}@host", "neither a URL nor a list of key=value"),
    (f"host=h password='{SECRET}", "neither a URL nor a list of key=value"),
    (f"postgresql://tom:{SECRET}@x@host/db", "an @ in it is not percent-encoded"),
    (f"postgresql://tom:{SECRET}/x@host/db", "percent-encoded"),
    (f"postgresql://tom:{SECRET}%@host/db", "a % is not followed by two hex digits"),
    (f"postgresql://tom:{SECRET}%ff@host/db", "are not UTF-8"),
    (f"postgresql://tom:{SECRET}@host:port/db", "port is not a number"),
    (f"postgresql://tom:{SECRET}@host:70000/db", "port is not a number"),
    (f"postgresql://tom:{SECRET}@host/db?sslmode=on", "its sslmode is not one of"),
    (f"postgresql://tom:{SECRET}@host/db?sslmod=require", "does not know; did you mean 'sslmode'"),
    (f"postgresql://host/db?{SECRET}=1", "has an option that libpq does not know"),
    (f"postgresql://tom@host/db?{SECRET}", "does not have the form key=value"),
    (f"{SECRET}=x host=h", "has an option that libpq does not know"),
    (f"host=h;port=1;dbname=w;user=dw;password={SECRET}", SEPARATOR),
    (f"host=h,port=1,dbname=w,user=dw,password={SECRET}", SEPARATOR),
    (f"host=h&password={SECRET}", SEPARATOR),
    (f"host=h;pwd={SECRET}", SEPARATOR),
    (f"dbname=w;password={SECRET} host=h", SEPARATOR),
    (f"host=h user=dw;password={SECRET}", SEPARATOR),
    (f"host=h connect_timeout=3;password={SECRET}", SEPARATOR),
    (f"postgresql://dw@h:1/w;password={SECRET}", SEPARATOR),
    (f"postgresql://dw@h:1/w&password={SECRET}", SEPARATOR),
    (f"postgresql://dw@h:1/w password={SECRET}", SEPARATOR),
    (f"postgresql://h:1/w&user=dw&password={SECRET}", SEPARATOR),
]


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_fault_names_the_variable_and_never_its_content(text, expected):
    with pytest.raises(ConfigError) as caught:
        connection("DATABASE_PRODUCTION", {"DATABASE_PRODUCTION": text})
    message = str(caught.value)
    assert message.startswith("the environment variable DATABASE_PRODUCTION ")
    assert expected in message
    assert "set it to postgresql://user:password@host:port/database?sslmode=require" in message
    assert SECRET not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_variable_that_is_missing_is_named():
    with pytest.raises(
        ConfigError, match="the environment variable X is not set; set it to postgresql:"
    ):
        connection("X", {})


def test_no_repr_shows_a_secret():
    found = Connection.parse("X", f"postgresql://tom:{SECRET}@host/db?sslpassword={SECRET}2")
    assert SECRET not in f"{found!r} {found} {[found]} {found.host} {found.user}"
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("p@ss", 'FATAL: password "p@ss" is wrong'),
        ("p@ss", "could not parse postgresql://tom:p%40ss@host"),
    ],
)
def test_secrets_are_removed_from_messages_of_servers_and_libraries(password, text):
    found = Connection("X", {"host": "h", "password": password})
    assert found.redact(text) in {
        'FATAL: password "***" is wrong',
        "could not parse postgresql://tom:***@host",
    }


def test_every_occurrence_of_a_secret_is_removed():
    found = Connection("X", {"host": "h", "password": "p@ss", "sslpassword": "k3y"})
    text = "p@ss, p@ss and p%40ss; k3y, then k3y"
    assert found.redact(text) == "***, *** and ***; ***, then ***"


def test_error_of_the_driver_has_no_secret():
    found = Connection.parse("X", f"postgresql://tom:{SECRET}@127.0.0.1:1/db?connect_timeout=1")
    with pytest.raises(psycopg2.OperationalError) as caught:
        psycopg2.connect(found.dsn)
    assert SECRET not in found.redact(str(caught.value))

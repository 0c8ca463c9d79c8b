"""Messages of failures keep what helps and lose values, hosts and passwords."""

import pytest

from pipeline.pages.messages import masked

KNOWN = {"www.orders", "status", "varchar(3)"}

MESSAGES = {
    "COPY into www.orders failed; the table keeps its old rows.\nline:   1\nvalue:  Ann\nLee\n"
    "reason: too long (code 1204)": (
        "COPY into www.orders failed; the table keeps its old rows.\nline:   1\nvalue:  ***\n"
        "reason: too long (code 1204)"
    ),
    "the new rows violate the design.\nprimary key (id) is not unique: (Ann, 5) 2 times; (Bob, 6)"
    " 2 times\nFix the rows upstream.": (
        "the new rows violate the design.\nprimary key (id) is not unique: ***\n"
        "Fix the rows upstream."
    ),
    "key (id) is not unique: (Ann) 2 times\nFix the query; or run 'pipeline forget +www.orders"
    " --downstream'": (
        "key (id) is not unique: ***\nFix the query; or run 'pipeline forget +www.orders"
        " --downstream'"
    ),
    "key (id) is not unique: (Ann) 2 times\nFix the files, upload them": (
        "key (id) is not unique: ***\nFix the files, upload them"
    ),
    "the new rows do not pass 2 checks\na: 2 wrong rows, such as (id = 1, name = Ann (x)); (x)\n"
    "b: 1 wrong row, such as (id = 3)\nwarning: c: 1 wrong row": (
        "the new rows do not pass 2 checks\na: 2 wrong rows, such as ***\n"
        "b: 1 wrong row, such as ***\nwarning: c: 1 wrong row"
    ),
    "run 'pipeline forget www.orders --date 2026-11-22' or 'pipeline forget Ann', 'pipeline'": (
        "run 'pipeline forget www.orders --date 2026-11-22' or '***', '***'"
    ),
    'invalid input syntax for type integer: "secret"': (
        'invalid input syntax for type integer: "***"'
    ),
    'null value in column "status" violates NOT NULL. Failing row contains (1, Ann (x)).': (
        'null value in column "status" violates NOT NULL. Failing row contains ***.'
    ),
    "duplicate key. Key (id)=(5) already exists.": "duplicate key. Key (id)=*** already exists.",
    "'status' of 'www.orders' is 'Ann''s'": "'status' of 'www.orders' is '***'",
    "cannot connect to the warehouse at cluster.example:5439/dw: refused (check the variable X)": (
        "cannot connect to the warehouse at ***: refused (check the variable X)"
    ),
    "postgresql://dw:x@host/db is down; password=hunter2 of tom@example.org": (
        "*** is down; *** of ***"
    ),
    "connection to server at 10.0.0.7 (10.0.0.7), port 5432": (
        "connection to server at 10.0.0.7 ***, port 5432"
    ),
    "the key from the design. They have keys such as (Ann Smith, 47); (Bob, (1))": (
        "the key from the design. They have keys such as ***"
    ),
    "key (a) is not unique: (A\nMiller) 2 times\nkey (b) is not unique: (1) 2 times\nFix the rows"
    " upstream": "key (a) is not unique: ***\nkey (b) is not unique: ***\nFix the rows upstream",
    "www (db.internal:5432/shop): cannot connect": "www (***): cannot connect",
    "www (db.internal/shop): cannot connect to the warehouse at a.example/dw": (
        "www (***): cannot connect to the warehouse at ***"
    ),
    "s3://bucket/key.manifest is gone; luigi --module pipeline LoadAll": (
        "s3://bucket/key.manifest is gone; luigi --module pipeline LoadAll"
    ),
}


@pytest.mark.parametrize(("message", "shown"), MESSAGES.items())
def test_a_message_without_values(message, shown):
    assert masked(message, KNOWN) == shown

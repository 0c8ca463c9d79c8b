"""The privilege ASSUMEROLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
"""

import pytest

from tests.support.emulator import ROLE

EVERYBODY = "ASSUMEROLE ON ALL {} PUBLIC FOR ALL"
COPY = "COPY {}.t FROM 's3://nosuch/x' IAM_ROLE {}"
UNLOAD = "UNLOAD ('SELECT a FROM {}.t') TO 's3://nosuch/x' IAM_ROLE {}"


@pytest.fixture
def revoked(client):
    """Nobody may use a role, but superusers; at the end, everybody again."""
    client.run(f"REVOKE {EVERYBODY.format('FROM')}")
    yield client
    client.run(f"GRANT {EVERYBODY.format('TO')}")


def may(user, statement, schema, role="default"):
    """Return whether the user may use the role, of whose bucket there is none."""
    error = user.error(statement.format(schema, role))
    return "does not have ASSUMEROLE permission on IAM role" not in str(error)


def test_rule_101_users_need_the_role_for_the_command(revoked, new_user):
    name, user = new_user()
    s = revoked.schema
    revoked.run_all(f"CREATE TABLE t (a int); GRANT ALL ON t TO {name}")
    revoked.run(f"GRANT USAGE ON SCHEMA {s} TO {name}")
    assert not may(user, COPY, s)
    assert may(revoked, COPY, s)  # a superuser
    error = user.error(COPY.format(s, f"'{ROLE}'"))
    assert error.diag.message_primary == (
        f'User {name} does not have ASSUMEROLE permission on IAM role "{ROLE}" for COPY'
    )
    revoked.run(f"GRANT ASSUMEROLE ON '{ROLE}' TO {name} FOR COPY")
    assert may(user, COPY, s)
    assert may(user, COPY, s, f"'{ROLE}'")
    assert not may(user, UNLOAD, s)
    assert not may(user, COPY, s, f"'{ROLE},{ROLE}'")
    revoked.run(f"GRANT ASSUMEROLE ON DEFAULT TO {name} FOR UNLOAD, EXTERNAL FUNCTION")
    assert may(user, UNLOAD, s)
    has = "SELECT has_assumerole_privilege(%s, %s)"
    commands = ("copy", "UNLOAD", "external function", "create model")
    assert [user.value(has, (ROLE, command)) for command in commands] == [True, True, True, False]
    revoked.run(f"REVOKE ASSUMEROLE ON ALL FROM {name} FOR ALL")
    assert not may(user, COPY, s)


def test_rule_101_public_groups_and_roles(revoked, new_user, emulator):
    name, user = new_user()
    s, group = revoked.schema, f"g_{revoked.schema}"
    revoked.run_all(f"CREATE TABLE t (a int); GRANT ALL ON t TO {name}")
    revoked.run(f"GRANT USAGE ON SCHEMA {s} TO {name}")
    for kind, link in (("GROUP", f"ALTER GROUP {group} ADD USER"), ("ROLE", "GRANT ROLE {} TO")):
        revoked.run(f"CREATE {kind} {group}")
        revoked.run(f"{link.format(group)} {name}")
        revoked.run(f"GRANT ASSUMEROLE ON ALL TO {kind} {group} FOR COPY")
        assert may(user, COPY, s)
        revoked.run(f"REVOKE ASSUMEROLE ON ALL FROM {kind} {group} FOR COPY")
        assert not may(user, COPY, s)
        force = " FORCE" if kind == "ROLE" else ""
        revoked.run(f"DROP {kind} {group}{force}")
    revoked.run(f"GRANT {EVERYBODY.format('TO')}")
    assert may(user, COPY, s)


def test_rule_101_only_superusers_grant_it(client, new_user):
    name, user = new_user()
    other, _ = new_user()
    assert user.error(f"GRANT ASSUMEROLE ON ALL TO {name} FOR ALL").pgcode == "42501"
    assert client.error(f"GRANT ASSUMEROLE ON ALL TO {name}").pgcode == "42601"
    assert client.error(f"GRANT ASSUMEROLE ON ALL TO {name} FOR SELECT").pgcode == "42601"
    checked = "SELECT has_assumerole_privilege(%s, 'x', %s)"
    assert user.error(checked, (other, "copy")).pgcode == "42501"
    assert client.value(checked, (other, "copy"))
    assert client.error(checked, (other, "select")).pgcode == "22023"
    assert client.error(checked, ("nosuch", "copy")).pgcode == "42704"

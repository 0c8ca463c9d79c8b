from pipeline.sql import users
from pipeline.sql.preview import preview
from pipeline.sql.statement import Statement


def test_values_are_hidden_and_names_are_as_the_server_gets_them():
    shown = preview(users.create_user("50%tom", "md5secret", ("a",)))

    assert shown == 'CREATE USER "50%tom"\nPASSWORD \'***\'\nIN GROUP "a";'


def test_without_values_the_text_stays_as_it_is():
    assert preview(Statement("SELECT '100%%'")) == "SELECT '100%%';"

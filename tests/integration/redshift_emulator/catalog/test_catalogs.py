"""What data catalogs (Amundsen, DataHub, OpenMetadata) read of the system tables."""


def test_comments_are_found_by_the_object_ids_of_pg_statio_all_tables(client):
    client.run("CREATE TABLE t (a int, b int)")
    client.run_all("COMMENT ON TABLE t IS 'the table'; COMMENT ON COLUMN t.b IS 'the column'")
    query = """
        SELECT c.column_name, d.description, t.description
        FROM information_schema.columns c
        JOIN pg_catalog.pg_statio_all_tables st
            ON c.table_schema = st.schemaname AND c.table_name = st.relname
        LEFT JOIN pg_catalog.pg_description d
            ON d.objoid = st.relid AND d.objsubid = c.ordinal_position
        LEFT JOIN pg_catalog.pg_description t ON t.objoid = st.relid AND t.objsubid = 0
        WHERE c.table_schema = %s ORDER BY c.ordinal_position"""
    assert client.run(query, (client.schema,)) == [
        ("a", None, "the table"),
        ("b", "the column", "the table"),
    ]
    for view in ("pg_statio_all_tables", "pg_statio_user_tables"):
        assert client.run(f"SELECT relid FROM {view} WHERE schemaname = 'pg_internal'") == []


def test_svl_user_info_is_for_superusers(client, new_user):
    name, user = new_user("CONNECTION LIMIT 3")
    query = "SELECT usename, usesuper, useconnlimit FROM svl_user_info WHERE usename = %s"
    assert client.run(query, (name,)) == [(name, False, "3")]
    assert user.run(query, (name,)) == []


LAST = "SELECT trim(query_text), trim(status) FROM sys_query_history WHERE session_id = {}"


def test_system_tables_have_the_texts_of_the_clients(client, second):
    pid = second.connection.info.backend_pid
    statement = "SELECT nvl(a, 1) AS x FROM (SELECT 1 AS a) -- mine"
    second.run(f"{statement};")
    assert client.run(LAST.format(pid)) == [(statement[:-8], "success")]
    own = LAST.format(client.connection.info.backend_pid)
    assert client.run(own) == [(own, "running")]
    query = "SELECT current_query FROM pg_stat_activity WHERE procpid = %s"
    assert client.value(query, (pid,)) == statement[:-8]
    texts = "SELECT trim(text), sequence FROM sys_query_text WHERE session_id = %s"
    assert client.run(texts, (pid,)) == [(statement[:-8], 0)]
    recent = "SELECT count(*) FROM stv_recents WHERE trim(query) = %s AND status = 'Done'"
    assert client.value(recent, (statement[:-8],)) == 1
    second.run("CREATE TABLE t (a int)")
    ids = second.run("INSERT INTO t VALUES (1)"), second.value("SELECT pg_last_query_id()")
    detail = "SELECT step_name FROM sys_query_detail WHERE query_id = %s"
    assert client.run(detail, (ids[1],)) == [("insert",)]


def test_system_tables_show_no_secrets(client, second, new_user):
    name, _ = new_user()
    pid = second.connection.info.backend_pid
    second.run(f"ALTER USER {name} PASSWORD 'Secret123'")
    assert client.run(LAST.format(pid)) == [(f"ALTER USER {name} PASSWORD '***'", "success")]
    copy = "COPY t FROM 's3://b/k' ACCESS_KEY_ID {} SECRET_ACCESS_KEY AS {} CSV"
    second.error(copy.format("'AKIA'", "'secret'"))
    assert client.run(LAST.format(pid))[0][0] == copy.format("'***'", "'***'")


def test_casts_to_arrays_are_for_the_leader_node(client):
    """django-redshift-backend reads the columns of keys this way."""
    client.run("CREATE TABLE t (a int, b int PRIMARY KEY)")
    query = "SELECT conkey::int[], CAST(conkey AS bigint[]) FROM pg_constraint WHERE conrelid = {}"
    assert client.run(query.format("'t'::regclass")) == [([2], [2])]
    assert client.run("SELECT '{a,b}'::text[]") == [(["a", "b"],)]

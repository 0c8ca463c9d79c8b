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


def test_sys_query_text_has_the_texts_of_sys_query_history(client):
    query = (
        "SELECT t.sequence, t.text = h.query_text FROM sys_query_text t"
        " JOIN sys_query_history h ON h.query_id = t.query_id AND h.start_time = t.start_time"
        " WHERE t.session_id = pg_backend_pid()"
    )
    assert client.run(query) == [(0, True)]


def test_casts_to_arrays_are_for_the_leader_node(client):
    """django-redshift-backend reads the columns of keys this way."""
    client.run("CREATE TABLE t (a int, b int PRIMARY KEY)")
    query = "SELECT conkey::int[], CAST(conkey AS bigint[]) FROM pg_constraint WHERE conrelid = {}"
    assert client.run(query.format("'t'::regclass")) == [([2], [2])]
    assert client.run("SELECT '{a,b}'::text[]") == [(["a", "b"],)]

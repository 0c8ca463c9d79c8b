"""SQLAlchemy with the dialect sqlalchemy-redshift, which demands TLS, and pandas on top of it."""

import pytest

sa = pytest.importorskip("sqlalchemy", reason="see the extra 'clients'")
pytest.importorskip("sqlalchemy_redshift", reason="see the extra 'clients'")
pandas = pytest.importorskip("pandas", reason="see the extra 'clients'")
# The driver's own, and VARBYTE, which the dialect does not know.
pytestmark = pytest.mark.filterwarnings(
    "ignore:ssl:DeprecationWarning", "ignore:Did not recognize type 'binary varying'"
)


@pytest.fixture(scope="module", params=["psycopg2", "redshift_connector"])
def engine(request, place):
    """An engine of each driver that the dialect knows, and that trusts the certificate."""
    pytest.importorskip(request.param)
    login = place.login
    url = sa.URL.create(
        f"redshift+{request.param}",
        *(login["user"], login["password"], login["host"], login["port"]),
        place.emulator.database,
    )
    certificate = place.emulator.certificate
    arguments = {"sslrootcert": certificate} if request.param == "psycopg2" else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", certificate)
        engine = sa.create_engine(url, connect_args=arguments)
        yield engine
        engine.dispose()


def test_reflection(engine, place):
    schema = place.schema
    inspector = sa.inspect(engine)
    assert schema in inspector.get_schema_names()
    assert {"parent", "child"} <= set(inspector.get_table_names(schema))
    assert set(inspector.get_view_names(schema)) == {"bound", "late", "kept"}
    metadata = sa.MetaData()
    metadata.reflect(engine, schema=schema, only=["parent", "child"])
    parent, child = metadata.tables[f"{schema}.parent"], metadata.tables[f"{schema}.child"]
    assert [column.name for column in parent.primary_key] == ["id"]
    assert [key.target_fullname for key in child.foreign_keys] == [f"{schema}.parent.id"]
    assert (parent.c.name.type.length, parent.c.name.nullable) == (20, False)
    assert (parent.comment, parent.c.id.comment) == ("the parents", "their number")
    options = inspector.get_table_options("parent", schema)
    assert (options["redshift_distkey"], options["redshift_sortkey"]) == ("id", ("day",))
    assert [each["name"] for each in inspector.get_columns("late", schema)] == ["id", "name"]
    assert "FROM" in inspector.get_view_definition("bound", schema)
    assert inspector.has_table("parent", schema)
    assert not inspector.has_table("missing", schema)


def test_rule_4_long_names_are_reflected(engine, place):
    schema, name = f"{place.schema}_{'long_' * 12}", "a_table_of_a_warehouse_" * 4
    long = sa.MetaData(schema=schema)
    key = sa.Column(f"key_of_{name}", sa.Integer, primary_key=True, autoincrement=False)
    table = sa.Table(name, long, key, sa.Column(f"Note of {name}", sa.String(7)))
    column = sa.Column(f"to_{name}", sa.ForeignKey(key))
    sa.Table(f"other_{name}", long, column)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
        long.create_all(connection)
        connection.execute(table.insert(), {key.name: 1, f"Note of {name}": "é"})
        assert connection.execute(sa.select(table)).all() == [(1, "é")]
    inspector, found = sa.inspect(engine), sa.MetaData()
    assert schema in inspector.get_schema_names()
    assert set(inspector.get_table_names(schema)) == {name, f"other_{name}"}
    found.reflect(engine, schema=schema)
    table = found.tables[f"{schema}.{name}"]
    assert [each.name for each in table.columns] == [key.name, f"note of {name}"]
    assert [each.name for each in table.primary_key] == [key.name]
    (foreign,) = found.tables[f"{schema}.other_{name}"].foreign_keys
    assert foreign.target_fullname == f"{schema}.{name}.{key.name}"
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))


def test_statements_and_data_frames(engine, place):
    schema = place.schema
    table = sa.Table(
        "made",
        sa.MetaData(schema=schema),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(10)),
        redshift_distkey="id",
        redshift_sortkey="id",
    )
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": 1, "name": "a"}, {"id": 2, "name": "é"}])
        connection.execute(table.update().where(table.c.id == 1).values(name="b"))
        query = sa.select(table.c.name).where(table.c.name.in_(["b", "é"])).order_by(table.c.id)
        assert connection.scalars(query).all() == ["b", "é"]
    table.metadata.drop_all(engine)
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "é"], "c": [1.5, None]})
    frame.to_sql("framed", engine, schema=schema, index=False, if_exists="replace")
    found = pandas.read_sql(sa.text(f"SELECT * FROM {schema}.framed ORDER BY a"), engine)
    pandas.testing.assert_frame_equal(found, frame, check_dtype=False)
    pandas.read_sql_table("framed", engine, schema=schema)

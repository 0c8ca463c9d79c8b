"""awswrangler.redshift: data frames through S3, by COPY and UNLOAD of Parquet."""

import os

import pytest

from tests.support.emulator import ROLE

wrangler = pytest.importorskip("awswrangler", reason="see the extra 'clients'")
pandas = pytest.importorskip("pandas", reason="see the extra 'clients'")


@pytest.fixture
def connection(place, monkeypatch):
    driver = pytest.importorskip("redshift_connector")
    monkeypatch.setenv("SSL_CERT_FILE", place.emulator.certificate)
    with driver.connect(database=place.emulator.database, **place.login) as connection:
        yield connection


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_data_frames_through_statements_and_through_s3(place, prefix, connection, monkeypatch):
    monkeypatch.setattr(wrangler.config, "s3_endpoint_url", os.environ["AWS_ENDPOINT_URL_S3"])
    frame = pandas.DataFrame({"id": [1, 2], "name": ["a", "é"], "f": [1.5, None]})
    redshift, target = wrangler.redshift, {"con": connection, "schema": place.schema}

    def rows(query):
        return len(redshift.read_sql_query(query.format(place.schema), con=connection))

    keys = {"diststyle": "KEY", "distkey": "id", "sortkey": ["id"]}
    redshift.to_sql(frame, table="w", mode="overwrite", index=False, **keys, **target)
    redshift.to_sql(frame, table="w", mode="append", index=False, **target)
    assert rows("SELECT * FROM {}.w") == 4
    role = {"iam_role": ROLE}
    redshift.copy(frame, f"{prefix}/role/", table="c", mode="overwrite", **role, **target)
    key = {"mode": "upsert", "primary_keys": ["id"]}
    redshift.copy(frame, f"{prefix}/keys/", table="c", **key, **target)
    assert rows("SELECT * FROM {}.c") == 2
    query = f"SELECT * FROM {place.schema}.c ORDER BY id"
    found = redshift.unload(query, f"{prefix}/unloaded/", con=connection, **role)
    expected = frame.sort_values("id")
    pandas.testing.assert_frame_equal(
        found.sort_values("id").reset_index(drop=True), expected, check_dtype=False
    )

"""What executors of Spark do, called in this process, and when they are not needed."""

import importlib.util
import pickle
from dataclasses import fields, replace

import pytest

from pipeline.errors import ConfigError, UpstreamError
from pipeline.procedures.dump.job import DumpJob, Split
from pipeline.procedures.dump.statements import statements
from pipeline.procedures.dump.table import prepare
from pipeline.procedures.dump.workers import engines
from pipeline.procedures.dump.workers.spark import Executors, prove, write
from pipeline.procedures.dump.writer import PartError
from tests.support.projects.dumping import CUT, WHOLE
from tests.support.servers.spark import VARIABLE, SparkSource

SPARK = replace(CUT, engine="spark")


@pytest.fixture
def large(large, monkeypatch):
    monkeypatch.setenv(VARIABLE, large.dsn)
    return SparkSource(**{each.name: getattr(large, each.name) for each in fields(large)})


def job_of(source, **more):
    return DumpJob(
        design=source.design("public.big", **more),
        upstream=source.upstream,
        s3=source.store,
        settings=SPARK,
        folder=source.folder,
        manifest_key=f"{source.folder}.manifest",
        new_columns="ignore",
    )


@pytest.fixture
def session(large):
    with large.upstream.snapshot() as session:
        yield session


@pytest.fixture
def assignment(large, session):
    """The work on all parts of a dump."""
    job = job_of(large)
    splits = prepare(job, session).splits
    return replace(Executors(job.sharing(session)).assignment, splits=splits)


def test_an_assignment_names_the_variable_and_holds_no_secret(large, assignment):
    sent = pickle.dumps(assignment)
    assert VARIABLE.encode() in sent
    assert large.dsn.split(":")[2].split("@")[0].encode() not in sent
    assert large.dsn.encode() not in sent


def test_a_part_that_is_written_again_is_the_same_object(large, session, assignment):
    assert prove(assignment) is None
    first = write(assignment)
    large.execute("DELETE FROM big WHERE id % 2 = 0")
    again = write(pickle.loads(pickle.dumps(assignment)))
    assert again == first
    assert [part.number for part in first] == list(range(len(assignment.splits)))
    assert sum(part.rows for part in first) == 150_000
    assert large.left_in_folder() == [part.key for part in first]


def test_errors_are_returned_to_the_driver(large, assignment):
    broken = replace(assignment.job, design=large.design("public.big", condition="id / 0 > 1"))
    error = write(replace(assignment, job=broken))
    assert isinstance(error, PartError)
    assert error.cause.sqlstate == "22012"
    assert pickle.loads(pickle.dumps(error)).split == error.split


def test_a_proof_names_what_is_wrong_with_an_executor(
    large, assignment, monkeypatch, new_database
):
    error = prove(replace(assignment, version="0.0.7"))
    assert isinstance(error, ConfigError)
    assert "the driver 0.0.7; install the same version on both" in str(error)

    monkeypatch.setenv(VARIABLE, new_database())
    error = prove(assignment)
    assert isinstance(error, UpstreamError)
    assert "is another server than the one of the snapshot" in str(error)
    assert f"Let {VARIABLE} name a single server everywhere" in str(error)
    assert str(write(assignment)) in str(error)

    monkeypatch.delenv(VARIABLE)
    error = prove(assignment)
    assert isinstance(error, ConfigError)
    assert f"the environment variable {VARIABLE} is not set" in str(error)


def test_a_table_of_one_part_needs_no_spark(large):
    assert large.dump(large.design("public.big"), replace(WHOLE, engine="spark")).rows == 150_000
    large.folder = "limited/"
    assert large.dump(large.design("public.big"), SPARK, limit=5).rows == 5


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="pyspark is there")
def test_without_pyspark_the_extra_to_install_is_named(large):
    with pytest.raises(ConfigError, match=r"pip install 'redshift-pipeline\[spark\]'"):
        large.dump(large.design("public.big"), SPARK)
    assert large.left_in_folder() == []
    large.wait_until_no_session_is_left()


def test_a_preview_shows_a_session_for_the_proof_and_each_part(large):
    job, splits = job_of(large), tuple(Split(number, (None,)) for number in range(3))
    texts = [each.text for each in statements(job, splits)]
    assert sum("SET TRANSACTION SNAPSHOT" in text for text in texts) == 1 + len(splits)
    assert engines.importing(replace(job, settings=CUT), splits) == 1
    assert engines.importing(job, splits[:1]) == 0

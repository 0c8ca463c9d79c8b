"""A dump shares its processors with PostgreSQL and does not preempt it."""

import os
import sys

import pytest

from tests.support.dumping import CUT, Source


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_BATCH")
def test_a_dump_runs_under_sched_batch(new_database, store):
    source = Source(new_database(), store)
    source.execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 10) AS g")
    before = os.sched_getscheduler(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    try:
        assert source.dump(source.design("public.t"), CUT).rows == 10
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))

"""What sessions share: the queue of commits."""

import threading

from redshift_emulator.protocol.configuration import parse_settings
from redshift_emulator.session.cluster import Cluster
from tests.support.emulator import configuration


def test_one_transaction_commits_at_a_time(tmp_path):
    document = configuration("host=127.0.0.1 port=1 dbname=d user=u password=p", "a", "p")
    cluster = Cluster(parse_settings({**document, "conditions": {"commit_ms": 1}}, tmp_path))
    inside, most, ready, never = [], [], threading.Barrier(4), threading.Event()

    def commit():
        inside.append(1)
        most.append(len(inside))
        never.wait(0.002)  # long enough for another one, if that were let in
        inside.pop()

    def session():
        ready.wait(30)
        for _ in range(5):
            cluster.commit(commit)

    threads = [threading.Thread(target=session) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1] * 20

import hashlib
import random
from concurrent.futures import Future

import pytest
import zstandard
from isal import igzip

from pipeline.procedures.dump.job import Delta
from pipeline.procedures.dump.stream import PartStream, RollingSink, SentinelFound, SentinelGuard
from pipeline.stores.s3.uploads import Sent

QUOTED = b'"~NULL~"'


class Target:
    """An upload that keeps the bytes."""

    def __init__(self):
        self.content = b""
        self.size = 0

    def write(self, data):
        self.content += data
        self.size += len(data)

    def finish(self):
        future = Future()
        future.set_result(Sent("key", self.size, hashlib.sha256(self.content).hexdigest(), "e"))
        return future


def part(reports=None, compression="zstd"):
    report_progress = reports.append if reports is not None else lambda _: None
    return PartStream(0, Target(), compression, SentinelGuard("~NULL~"), report_progress)


def check(*blocks):
    guard = SentinelGuard("~NULL~")
    for block in blocks:
        guard.check(block)


@pytest.mark.parametrize("at", range(1, len(QUOTED)))
@pytest.mark.parametrize("ahead", [b"", b"x", b"1,2,3,4,5,6,7,8,9"])
def test_the_sentinel_is_found_across_blocks(at, ahead):
    text = ahead + QUOTED + b",y\n"
    with pytest.raises(SentinelFound):
        check(text[: len(ahead) + at], text[len(ahead) + at :])


def test_the_sentinel_is_found_in_blocks_of_one_byte():
    with pytest.raises(SentinelFound):
        check(*(bytes([byte]) for byte in b"a,b" + QUOTED))


@pytest.mark.parametrize(
    "text", [b"~NULL~", b'"~NULL"', b'"NULL~"', b'~NULL~"', b'"~NULL~', b'"~NULLX~"']
)
def test_text_other_than_the_quoted_sentinel_passes(text):
    SentinelGuard("~NULL~").check(b"a," + text + b",b\n")


@pytest.mark.parametrize(
    ("compression", "open_"),
    [
        ("zstd", lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b)),
        ("gzip", igzip.decompress),
    ],
)
def test_a_part_holds_all_bytes_as_one_compressed_stream(compression, open_):
    rows = [b"%d,%s\n" % (n, random.Random(n).randbytes(40).hex().encode()) for n in range(30_000)]
    reports: list[Delta] = []
    one = part(reports, compression)
    for row in rows:
        one.sink.write(row)
    one.rows = len(rows)
    finished = one.finish()
    assert open_(one.writer.content) == b"".join(rows)
    assert finished.raw_bytes == sum(map(len, rows)) == sum(delta.raw_bytes for delta in reports)
    assert finished.sent.result().size == one.writer.size == sum(delta.bytes for delta in reports)
    assert sum(delta.rows for delta in reports) == len(rows)


def test_a_discarded_part_drops_the_content_of_its_buffer():
    one = part()
    one.sink.write(b"1,2\n")
    one.discard()
    one.sink.flush()
    assert one.writer.content == b""


def test_after_an_error_the_buffer_is_closed_without_another():
    one = part()
    one.sink.write(b"1," + QUOTED + b"\n")
    with pytest.raises(SentinelFound):
        one.sink.flush()
    one.sink.close()


def test_a_stream_rolls_between_rows():
    made = []

    def open_part():
        made.append(part())
        return made[-1]

    rows = [random.Random(n).randbytes(200).hex().encode() + b'"\n"\n' for n in range(20_000)]
    sink = RollingSink(open_part, roll_bytes=1_000_000)
    for row in rows:
        sink.write(row)
    finished = sink.finish()
    texts = [
        zstandard.ZstdDecompressor().decompressobj().decompress(p.writer.content) for p in made
    ]
    assert b"".join(texts) == b"".join(rows)
    assert all(text.endswith(b'"\n"\n') for text in texts)
    assert len(made) > 3
    assert [f.rows for f in finished] == [text.count(b'"\n"\n') for text in texts]
    assert all(p.writer.size >= 1_000_000 for p in made[:-1])

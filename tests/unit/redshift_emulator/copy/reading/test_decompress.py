"""Decompression by the statement's option, whatever the file's name or first bytes."""

import bz2
import gzip

import pytest
import zstandard

from redshift_emulator.copy.reading.decompress import DamagedFileError, decompressed

CONTENT = b"".join(b"%d,some text %d\n" % (n, n * 7919 % 1000) for n in range(100_000))
COMPRESS = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstandard.compress}


def read(data, compression, size=1 << 16):
    chunks = (data[i : i + size] for i in range(0, len(data), size))
    return b"".join(decompressed(chunks, compression))


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("size", [997, 1 << 16, 1 << 24])
def test_a_file_is_decompressed(compression, size):
    assert read(COMPRESS[compression](CONTENT), compression, size) == CONTENT


@pytest.mark.parametrize("compression", COMPRESS)
def test_all_members_of_a_file_are_decompressed(compression):
    compress = COMPRESS[compression]
    data = compress(CONTENT) + compress(b"") + compress(b"the end")
    assert read(data, compression) == CONTENT + b"the end"


@pytest.mark.parametrize("compression", [*COMPRESS, None])
def test_an_empty_file_is_empty(compression):
    assert read(b"", compression) == b""


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("wrong", ["plain", "other", "cut", "garbage behind"])
def test_a_file_of_another_compression_is_an_error(compression, wrong):
    good = COMPRESS[compression](CONTENT)
    other = COMPRESS["zstd" if compression != "zstd" else "gzip"](CONTENT)
    data = {"plain": CONTENT, "other": other, "cut": good[:-9], "garbage behind": good + b"x,y\n"}
    with pytest.raises(DamagedFileError):
        read(data[wrong], compression)


def test_without_an_option_compressed_bytes_are_data():
    data = gzip.compress(CONTENT)
    assert read(data, None) == data


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_decompression_bomb_is_read_in_small_blocks(compression):
    bomb = COMPRESS[compression](b"0" * 200_000_000)
    assert max(map(len, decompressed([bomb], compression))) <= 1 << 24

"""What lies between dump and load is proved: a falsified dump is not loaded, and made again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from pipeline.errors import StorageError
from pipeline.manifest import FileFormat
from pipeline.names import RunDate, TableName
from pipeline.procedures.dump import table
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.proof import (
    ChangedFilesError,
    DamagedDumpError,
    ExpectedFiles,
    ProofJob,
    prove,
)
from pipeline.procedures.files import FilesJob, gather
from pipeline.settings.file_path import resolve
from pipeline.stores.s3.bucket import S3Store
from tests.support.projects.dumping import CUT, WHOLE, Source
from tests.support.servers.s3_proxy import S3Proxy, running

DATE = RunDate.parse("2026-11-21")
VERSION_1_ATTEMPT = "20261121T030405-1a2b3c4d-4711-beef"
AGAIN = "The manifest was withdrawn: the next run dumps www.t again"


@dataclass
class Dump:
    """A dump of ``www.t`` in S3, and what a load expects of it."""

    source: Source
    job: DumpJob
    proof: ProofJob

    @property
    def store(self) -> S3Store:
        return self.source.store

    def record(self) -> dict:
        return json.loads(self.store.read(self.job.manifest_key))

    def parts(self) -> list[str]:
        start = self.store.url("")
        return [entry["url"].removeprefix(start) for entry in self.record()["entries"]]

    def change(self, change: Callable[[dict], object]) -> None:
        """Change the manifest in S3."""
        record = self.record()
        change(record)
        self.store.write(self.job.manifest_key, json.dumps(record).encode())

    def is_withdrawn(self) -> bool:
        return not self.store.exists(self.job.manifest_key)


def job(source: Source, name: str = "t", day: int = 21, **more) -> DumpJob:
    folder = f"production/data/2026-11-{day}/www/public-{name}.0123456789ab"
    return DumpJob(
        design=source.design(f"public.{name}"),
        upstream=source.upstream,
        s3=source.store,
        settings=more.pop("settings", WHOLE),
        folder=f"{folder}/",
        manifest_key=f"{folder}.manifest",
        new_columns="ignore",
        **more,
    )


def dumped(source: Source, one: DumpJob) -> Dump:
    table.dump_table(one, lambda _: None)
    proof = ProofJob(one.design.name, DATE, source.store, one.manifest_key, one.folder)
    return Dump(source, one, proof)


@pytest.fixture
def dump(source: Source) -> Dump:
    """The dump of a small table, in one part."""
    source.execute("CREATE TABLE t AS SELECT g AS id, g * 2 AS n FROM generate_series(1, 9) AS g")
    return dumped(source, job(source))


@pytest.fixture
def divided(large: Source) -> Dump:
    """The dump of a table in several parts."""
    large.execute("ALTER TABLE big RENAME TO t")
    return dumped(large, job(large, settings=CUT))


@pytest.fixture
def proxy(bucket, dump: Dump, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """A proxy between the load and the S3 server."""
    with running(bucket.server.endpoint_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
        dump.proof = replace(dump.proof, s3=S3Store(bucket.name))
        yield proxy


def as_version_1(dump: Dump) -> None:
    """Turn a dump into one of the release before, which stored parts and manifest in this way."""
    folder = f"{dump.job.folder}{VERSION_1_ATTEMPT}/"
    record = dump.record()
    for name in ("version", "key", "digest"):
        del record[name]
    for entry, key in zip(record["entries"], dump.parts(), strict=True):
        moved = folder + key.rpartition("/")[2]
        dump.store.write(moved, dump.store.read(key))
        dump.store.delete([key])
        entry["url"] = dump.store.url(moved)
        del entry["etag"]
    dump.store.write(dump.job.manifest_key, json.dumps(record, indent=2).encode())


def same_size(body: bytes) -> bytes:
    """Another content of the same size."""
    return body[:-1] + bytes([body[-1] ^ 1])


def test_a_whole_dump_is_proved_without_reading_a_part(dump: Dump, proxy: S3Proxy) -> None:
    assert prove(dump.proof).rows == 9
    assert [request.partition("?")[0].split("/")[0] for request in proxy.requests] == ["GET "] * 2
    assert not any("part-" in request for request in proxy.requests)


@pytest.mark.parametrize("version", [1, 2])
def test_a_part_with_another_content_of_the_same_size_is_not_loaded(dump: Dump, version) -> None:
    if version == 1:
        as_version_1(dump)
    (key,) = dump.parts()
    body = dump.store.read(key)
    if version == 1:  # which knows only times, in seconds
        wait_for_another_second(dump)
    dump.store.write(key, same_size(body))

    with pytest.raises(DamagedDumpError, match="another content of the same size") as caught:
        prove(dump.proof)

    assert dump.store.url(key) in str(caught.value)
    assert str(caught.value).endswith(AGAIN)
    assert dump.is_withdrawn()


def wait_for_another_second(dump: Dump) -> None:
    before = dump.store.clock()
    while dump.store.clock() == before:
        pass


def test_a_part_of_another_size_is_not_loaded(dump: Dump) -> None:
    (key,) = dump.parts()
    dump.store.write(key, dump.store.read(key) + b"more")
    with pytest.raises(DamagedDumpError, match=r"it has [0-9]+ bytes instead of"):
        prove(dump.proof)


@pytest.mark.parametrize("version", [1, 2])
def test_a_part_that_was_stored_again_unchanged_is_loaded(dump: Dump, version) -> None:
    """As by a change of encryption: only the content decides."""
    if version == 1:
        as_version_1(dump)
    (key,) = dump.parts()
    upload = {"Bucket": dump.store.bucket, "Key": key}
    client, body = dump.store.client, dump.store.read(key)
    number = client.create_multipart_upload(**upload)["UploadId"]
    tag = client.upload_part(**upload, UploadId=number, PartNumber=1, Body=body)["ETag"]
    client.complete_multipart_upload(
        **upload, UploadId=number, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]}
    )
    assert dump.store.find(key).etag.endswith("-1")
    assert prove(dump.proof).rows == 9


def test_missing_parts_are_named_and_the_next_dump_makes_them_again(divided: Dump) -> None:
    assert len(prove(divided.proof).parts) > 1
    lost = divided.parts()[1]
    divided.store.delete([lost])
    with pytest.raises(DamagedDumpError, match=r"www\.t: s3://.* is missing") as caught:
        prove(divided.proof)
    assert divided.store.url(lost) in str(caught.value)
    assert str(caught.value).endswith(AGAIN)

    again = dumped(divided.source, job(divided.source))

    assert prove(again.proof).rows == 150_000


def remove_entry(record: dict) -> None:
    record["entries"].pop()


def repeat_entry(record: dict) -> None:
    record["entries"].append(record["entries"][0])


def strip(record: dict) -> None:
    """Take away what version 2 added, so that it looks like version 1."""
    for name in ("version", "key", "digest"):
        del record[name]
    for entry in record["entries"]:
        del entry["etag"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove_entry, "bytes, digest, rows does not fit its content"),
        (repeat_entry, "more than once"),
        (strip, "which is of another dump"),
        (lambda record: record.clear(), "KeyError"),
    ],
)
def test_a_changed_manifest_is_not_loaded(dump: Dump, change, message) -> None:
    dump.change(change)
    with pytest.raises(DamagedDumpError, match=message) as caught:
        prove(dump.proof)
    assert str(caught.value).endswith(AGAIN)
    assert dump.is_withdrawn()


def replace_by(dump: Dump, other: Dump) -> None:
    dump.store.write(dump.job.manifest_key, other.store.read(other.job.manifest_key))


@pytest.mark.parametrize("version", [1, 2])
def test_the_manifest_of_another_date_is_not_loaded(dump: Dump, version) -> None:
    other = dumped(dump.source, job(dump.source, day=20))
    if version == 1:
        as_version_1(other)
    replace_by(dump, other)
    with pytest.raises(DamagedDumpError, match=r"2026-11-20/www/public-t"):
        prove(dump.proof)
    assert dump.is_withdrawn()
    assert not other.is_withdrawn()


@pytest.mark.parametrize("version", [1, 2])
def test_the_manifest_of_another_relation_is_not_loaded(dump: Dump, version) -> None:
    dump.source.execute("CREATE TABLE u AS SELECT * FROM t")
    other = dumped(dump.source, job(dump.source, "u"))
    if version == 1:
        as_version_1(other)
    replace_by(dump, other)
    with pytest.raises(DamagedDumpError, match=r"public-u|www\.u"):
        prove(dump.proof)


def test_a_manifest_of_the_release_before_is_loaded(dump: Dump) -> None:
    as_version_1(dump)
    manifest = prove(dump.proof)
    assert (manifest.version, manifest.rows) == (1, 9)


@pytest.mark.parametrize("change", [remove_entry, repeat_entry])
def test_a_changed_manifest_of_the_release_before_is_not_loaded(dump: Dump, change) -> None:
    as_version_1(dump)
    dump.change(change)
    with pytest.raises(DamagedDumpError):
        prove(dump.proof)


def test_a_manifest_of_a_newer_release_stays(dump: Dump) -> None:
    dump.change(lambda record: record.update(version=4, news="unknown"))
    with pytest.raises(StorageError, match="version 4 is of a newer release: update this one"):
        prove(dump.proof)
    assert not dump.is_withdrawn()


@pytest.mark.parametrize("request_", ["GET .*manifest", "GET .*list-type", "HEAD .*part-"])
@pytest.mark.parametrize("code", ["AccessDenied", "NotImplemented"])
def test_nothing_is_withdrawn_if_s3_refuses_to_answer(
    dump: Dump, proxy: S3Proxy, request_, code
) -> None:
    verb, _, pattern = request_.partition(" .*")
    if verb == "HEAD":
        dump.store.delete(dump.parts())
    proxy.refuse = lambda sent: code if sent.startswith(verb) and pattern in sent else ""
    with pytest.raises(StorageError) as caught:
        prove(dump.proof)
    assert not isinstance(caught.value, DamagedDumpError)
    assert not dump.is_withdrawn()


def test_a_manifest_that_cannot_be_withdrawn_leads_to_forget(dump: Dump, proxy: S3Proxy) -> None:
    dump.store.delete(dump.parts())
    proxy.refuse = lambda sent: "AccessDenied" if sent.startswith("DELETE") else ""
    with pytest.raises(DamagedDumpError, match=r"pipeline forget www\.t --date 2026-11-21"):
        prove(dump.proof)


def test_a_manifest_that_is_gone_leads_to_the_next_run(dump: Dump) -> None:
    dump.store.delete([dump.job.manifest_key])
    with pytest.raises(StorageError, match=r"the next run dumps www\.t again"):
        prove(dump.proof)


@pytest.fixture
def listed(source: Source) -> Dump:
    """Files in S3, with their manifest."""
    source.execute("CREATE TABLE t (id int)")
    store, one = source.store, job(source)
    for name in ("a", "b"):
        store.write(f"in/{name}.csv", b"1\n2\n")
    pattern = resolve(f"s3://{store.bucket}/in/", {})
    gather(FilesJob(one.design, pattern, FileFormat(), store, store, one.manifest_key))
    files = ExpectedFiles(store, pattern.path, FileFormat())
    proof = ProofJob(TableName("www", "t"), DATE, store, one.manifest_key, one.folder, files)
    return Dump(source, one, proof)


def test_unchanged_files_are_loaded(listed: Dump) -> None:
    listed.store.write("in/c.csv", b"3\n")  # for another date
    assert len(prove(listed.proof).parts) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda store: store.write("in/a.csv", b"1\n3\n"), "in/a.csv was replaced"),
        (lambda store: store.write("in/a.csv", b"1\n"), "in/a.csv was replaced: it has 2 bytes"),
        (lambda store: store.delete(["in/b.csv"]), "in/b.csv is missing"),
    ],
)
def test_files_that_changed_are_the_users_decision(listed: Dump, change, message) -> None:
    change(listed.store)
    with pytest.raises(ChangedFilesError, match=message) as caught:
        prove(listed.proof)
    assert "run 'pipeline forget www.t --date 2026-11-21' before the next run" in str(caught.value)
    assert not listed.is_withdrawn()


def test_the_manifest_of_files_under_another_format_is_not_loaded(listed: Dump) -> None:
    other = replace(listed.proof.files, form=FileFormat(delimiter=";"))
    with pytest.raises(DamagedDumpError, match="of another dump: files is"):
        prove(replace(listed.proof, files=other))

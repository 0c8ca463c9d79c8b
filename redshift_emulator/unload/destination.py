"""Writes the files of an UNLOAD to S3, unless they would overwrite others.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from redshift_emulator.copy.authorization import role_keys
from redshift_emulator.copy.statement import RoleAuthorization
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.unload.files import UnloadedFile
from redshift_emulator.unload.statement import UnloadStatement

if TYPE_CHECKING:
    from redshift_emulator.copy.reading.s3 import Storage
    from redshift_emulator.protocol.configuration import Settings

NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix,"
    " manually removing the target files in S3, or using the ALLOWOVERWRITE option."
)


class Destination:
    """The place in S3 that an UNLOAD names; ``pause`` is called before each request."""

    def __init__(
        self, statement: UnloadStatement, settings: Settings, pause: Callable[[], None]
    ) -> None:
        from redshift_emulator.copy.reading.s3 import Storage  # noqa: PLC0415

        authorization = statement.authorization
        if isinstance(authorization, RoleAuthorization):
            authorization = role_keys(authorization, settings)
        self._storage: Storage = Storage(settings.s3, authorization, statement.region, pause)
        self._statement = statement

    def check_empty(self) -> None:
        """Refuse a place with objects, without ALLOWOVERWRITE and CLEANPATH."""
        statement = self._statement
        found = self._storage.list(statement.bucket, statement.prefix)
        if found and not (statement.overwrite or statement.clean):
            raise RedshiftError(
                NOT_EMPTY, code=8001, context=f"s3://{statement.bucket}/{statement.prefix}"
            )

    def write(self, files: Sequence[UnloadedFile], manifest: bytes | None) -> None:
        """Write the files and then the manifest; with CLEANPATH, remove what was there."""
        statement = self._statement
        if statement.clean:
            self._clean(self._folders(files))
        for file in files:
            self._storage.upload(statement.bucket, file.key, file.content, statement.kms_key)
        if manifest is not None:
            key, kms_key = statement.manifest_key, statement.kms_key
            self._storage.write(statement.bucket, key, manifest, kms_key)

    def _folders(self, files: Iterable[UnloadedFile]) -> set[str]:
        """Return the prefixes to clean: with PARTITION BY, only the folders that get files."""
        if not self._statement.layout.partition_by:
            return {self._statement.prefix}
        return {file.key.rpartition("/")[0] + "/" for file in files}

    def _clean(self, prefixes: Iterable[str]) -> None:
        bucket = self._statement.bucket
        for prefix in prefixes:
            for stored in self._storage.list(bucket, prefix):
                self._storage.delete(bucket, stored.key)

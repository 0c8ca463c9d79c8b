"""Run the checks of a relation on the rows that the warehouse holds now."""

from functools import partial

from pipeline.errors import WarehouseError
from pipeline.procedures.checks.scope import Scope
from pipeline.procedures.content import Content, contents, write_marker
from pipeline.procedures.inventory import kind_of, object_id
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import select_contents
from pipeline.sql.tables.data_checks import rows_of
from pipeline.sql.tables.incremental import count_rows
from pipeline.stores.warehouse import Query, Transaction


class NotLoadedError(WarehouseError):
    """The relation is not in the warehouse, or is empty because nothing was loaded yet."""


def check_rows_now(publication: Publication, content: Content | None) -> None:
    """Run the checks on the rows in the warehouse, of which a marker says ``content``.

    ChecksFailedError if they do not pass, NotLoadedError if there are none; nothing changes.
    """
    publication.place.warehouse.retry(partial(_run, publication, content))


def _run(publication: Publication, content: Content | None) -> None:
    """Run the checks; those about changes of the number of rows have nothing to compare with."""
    design, checking = publication.design, publication.checking
    if checking is None:
        return
    with publication.place.warehouse.transaction() as transaction:
        if not _is_loaded(transaction, publication, content):
            raise NotLoadedError(f"{design.name} has not been loaded; load it first")
        is_partial = content is not None and not content.is_whole
        scope = Scope(rows_of(design, design.name), "published", is_partial=is_partial)
        dry_run = publication.place.is_dry_run
        checking.run(transaction, design, scope, dry_run=dry_run)


def _is_loaded(
    transaction: Transaction, publication: Publication, content: Content | None
) -> bool:
    """Return whether there are rows to check; the first load creates the table before them.

    Without a marker of what is there, which ``forget`` deletes, the rows alone tell.
    """
    name = publication.name
    if kind_of(transaction, name) is None:
        return False
    if publication.place.is_dry_run:
        return True
    if content is not None and content.is_there(object_id(transaction.query, name)):
        return True
    return bool(transaction.query(count_rows(name))[0]["row_count"])


def check_published(publication: Publication) -> None:
    """Run the checks on the rows in the warehouse, and write the marker that they passed.

    ChecksFailedError if they do not pass; WarehouseError if the rows were replaced meanwhile.
    """
    warehouse, schema = publication.place.warehouse, publication.place.marker_schema
    checking = publication.checking
    if checking is None:
        return
    before = _content(publication, warehouse.query)
    check_rows_now(publication, before)

    def write() -> None:
        with warehouse.transaction() as transaction:
            transaction.add(marker.lock_markers(schema))
            if _content(publication, transaction.query) != before:
                raise WarehouseError(
                    f"{publication.name} was loaded again while its checks ran; start again"
                )
            write_marker(schema, transaction, checking.marker)

    warehouse.retry(write)


def _content(publication: Publication, query: Query) -> Content | None:
    schema, name = publication.place.marker_schema, publication.name
    return contents(query(select_contents(schema, [name]))).get(str(name))

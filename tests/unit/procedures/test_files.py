"""What a design can say of rows that come from files."""

from pipeline.designs.model.design import Column, Design, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import Fault
from pipeline.manifest import FileFormat
from pipeline.names import TableName
from pipeline.procedures.files import design_faults


def test_files_are_not_loaded_incrementally():
    design = Design(
        name=TableName("partner", "rates"),
        kind="TABLE",
        stem="partner/in-rates",
        columns=(Column("id", "bigint"),),
        source=TableName("in", "rates"),
        extract=ExtractSettings(incremental=Incremental("seen")),
    )
    message = "only tables of a database have a cursor; for files, see s3_mode"
    assert design_faults(design, FileFormat()) == [
        Fault("partner/in-rates", "extract_settings.incremental", message)
    ]


def test_files_that_are_added_fill_no_surrogate_key():
    design = Design(
        name=TableName("partner", "rates"),
        kind="TABLE",
        stem="partner/in-rates",
        columns=(Column("key", "bigint", identity=True), Column("id", "bigint")),
        source=TableName("in", "rates"),
    )
    (fault,) = design_faults(design, FileFormat(), appends=True)
    assert fault.key == "columns[key].identity"
    assert design_faults(design, FileFormat()) == []

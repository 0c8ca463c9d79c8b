"""What a design can say of rows that come from files."""

from pipeline.designs.incremental import Incremental
from pipeline.designs.model import Column, Design, ExtractSettings
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
    message = "only tables of a database are loaded incrementally; files are loaded whole"
    assert design_faults(design, FileFormat()) == [
        Fault("partner/in-rates", "extract_settings.incremental", message)
    ]

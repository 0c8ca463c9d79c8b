"""The privileges of a relation that is created to replace another one."""

from pipeline.designs.model.design import Design
from pipeline.names import TableName
from pipeline.settings import Groups
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl, publish


def privileges(design: Design, groups: Groups, name: TableName) -> tuple[Statement, ...]:
    """Return the statements that grant privileges on a new relation and describe it.

    ``name`` may be that of its staging table: renaming keeps both.
    """
    return (*publish.grants(name, groups), *ddl.comment_on(design, name))

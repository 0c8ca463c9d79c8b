"""Facets: what an event tells of a run, a job or a dataset, each by a schema of its own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.designs.checking.read import columns_of
from pipeline.designs.model.checks import Check
from pipeline.designs.model.design import Design
from pipeline.figures import count
from pipeline.openlineage.names import Dataset

Facet = dict[str, Any]
Facets = dict[str, Facet]

SCHEMAS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "documentation": "1-1-0/DocumentationDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "nominalTime": "1-0-1/NominalTimeRunFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "parent": "1-2-0/ParentRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "sql": "1-1-0/SQLJobFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
}
"""The version and the name of each facet's schema."""

PRODUCER = "https://pypi.org/project/redshift-pipeline"


def facet(name: str, **content: Any) -> Facets:
    """Return a facet under its name, without what is None."""
    version, _, schema = SCHEMAS[name].partition("/")
    url = f"https://openlineage.io/spec/facets/{version}/{schema}.json#/$defs/{schema}"
    given = {key: value for key, value in content.items() if value is not None}
    return {name: {"_producer": PRODUCER, "_schemaURL": url, **given}}


def described(design: Design) -> Facets:
    """Return the description of a relation, and its columns if all are known."""
    fields = [
        {
            "name": column.name,
            **({"type": column.sql_type} if column.sql_type else {}),
            **({"description": column.description} if column.description else {}),
        }
        for column in design.loaded_columns
    ]
    documented = facet("documentation", description=design.description)
    return {
        **(facet("schema", fields=fields) if design.is_exact else {}),
        **(documented if design.description else {}),
    }


def column_lineage(inputs: Mapping[str, Iterable[tuple[Dataset, str]]], texts: Any) -> Facets:
    """Return from which columns each column is computed.

    ``texts`` are the expressions by column; without one, a value is passed on unchanged.
    """
    fields = {
        column: {
            "inputFields": [
                _input_field(dataset, name, texts.get(column)) for dataset, name in found
            ]
        }
        for column, found in inputs.items()
    }
    return facet("columnLineage", fields=fields) if fields else {}


def _input_field(dataset: Dataset, column: str, text: str | None) -> dict[str, Any]:
    how = {"description": text} if text else {"subtype": "IDENTITY"}
    return {
        "namespace": dataset.namespace,
        "name": dataset.name,
        "field": column,
        "transformations": [{"type": "DIRECT", **how}],
    }


def assertions(results: Iterable[tuple[Check, bool | None, int | None]]) -> Facets:
    """Return the results of checks that were run: check, whether it passed, wrong rows."""
    return facet("dataQualityAssertions", assertions=list(_assertions(results)))


def _assertions(
    results: Iterable[tuple[Check, bool | None, int | None]],
) -> Iterator[dict[str, Any]]:
    for check, passed, wrong in results:
        if passed is None:
            continue
        columns = columns_of(check.rule)
        yield {
            "assertion": check.rule.kind,
            "success": passed,
            "severity": check.severity,
            "name": check.name,
            **({"column": next(iter(columns))} if len(columns) == 1 else {}),
            **({"actual": count(wrong, "wrong row")} if wrong is not None else {}),
        }

"""Events of OpenLineage: names of datasets, facets, and what each task reads and writes.

The specification: https://openlineage.io/docs/spec/object-model
"""

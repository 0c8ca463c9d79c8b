"""Load rows into the warehouse: from a dump by COPY, or from the query of a derived table."""

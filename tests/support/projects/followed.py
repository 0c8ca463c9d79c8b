"""A project whose orders are loaded incrementally."""

from collections.abc import Callable

from tests.support.projects.warehouse import DESIGNS, ORDERS, Project

# The rows are older than the second before the first dump, which is read again.
TOUCHED = """
ALTER TABLE orders ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now() - interval '1 minute';
ALTER TABLE orders ALTER COLUMN updated_at SET DEFAULT now();
CREATE INDEX ON orders (updated_at);
"""

DESIGN = (
    DESIGNS["{src}/public-orders.yaml"].replace(
        "constraints:",
        "  - {{name: updated_at, sql_type: timestamptz, not_null: true}}\nconstraints:",
    )
    + """
extract_settings:
  incremental: {{cursor: updated_at}}
"""
)


def follow(new_project: Callable[..., Project]) -> Project:
    """Make the project; everything is loaded for the first day of May 2024."""
    designs = {**DESIGNS, "{src}/public-orders.yaml": DESIGN}
    project = new_project(ORDERS + TOUCHED, designs)
    project.luigi("LoadAll", "--date", "2024-05-01")
    return project

"""``pipeline import dbt-schema``, the real command: designs change, the rest is reported."""

ORDERS = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint}  # the key
"""
SCHEMA = """\
sources:
  - name: www
    tables:
      - name: orders
        columns:
          - name: id
            data_tests: [unique, own_test]
models:
  - {name: later, columns: [{name: day, data_tests: [not_null]}]}
"""
REST = (
    "Error: schema.yml:7: sources[www].tables[orders].columns[id].data_tests[1]: 'own_test' has no"
    " counterpart; write it as a query\n"
)
REPORT = """\
designs/www/public-orders.yaml: {}
--- www/public-orders.yaml
+++ www/public-orders.yaml
@@ -2,3 +2,5 @@
 source_name: www.public.orders
 columns:
   - {{name: id, sql_type: bigint}}  # the key
+checks:
+  - unique: id
later has no design; to check it, add to its design:
checks:
  - not_null: day
3 tests: 1 translated, 1 without a design, 1 not imported.
"""


def test_tests_of_dbt_become_checks_of_designs(upstream_project):
    file = "www/public-orders.yaml"
    upstream_project.write(file, ORDERS)
    (upstream_project.folder / "schema.yml").write_text(SCHEMA, encoding="utf-8")
    words = ("import", "dbt-schema", "schema.yml")
    dry = upstream_project.run(*words, "--dry-run", code=3)
    assert (dry.stdout, dry.stderr) == (REPORT.format("would be changed"), REST)
    assert upstream_project.texts()[file] == ORDERS
    done = upstream_project.run(*words, code=3)
    assert (done.stdout, done.stderr) == (REPORT.format("changed"), REST)
    assert upstream_project.texts()[file] == f"{ORDERS}checks:\n  - unique: id\n"
    schema = SCHEMA.replace(", own_test", "")
    (upstream_project.folder / "schema.yml").write_text(schema, encoding="utf-8")
    again = upstream_project.run(*words)
    assert again.stdout.endswith("\n2 tests: 1 in the designs already, 1 without a design.\n")
    missing = upstream_project.run("import", "dbt-schema", "no.yml", code=2)
    assert missing.stderr == "Error: cannot read no.yml: No such file or directory\n"

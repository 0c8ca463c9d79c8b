"""The outer join operator (+), CONNECT BY, and + between texts."""

import pytest

TABLES = """
CREATE TABLE sales (salesid int, listid int, pricepaid decimal(8,2), eventid int);
CREATE TABLE listing (listid int, eventid int);
CREATE TABLE event (eventid int, catid int);
CREATE TABLE category (catid int, catname varchar(20));
INSERT INTO listing VALUES (1, 7), (2, 7), (3, 8), (4, 9);
INSERT INTO sales VALUES (1, 1, 728, 7), (2, 4, 76, 9), (3, 9, 1, 1);
INSERT INTO category VALUES (1, 'Jazz'), (2, 'Musicals'), (3, 'Pop');
INSERT INTO event VALUES (796, 2), (797, 2), (9, 3)
"""
# https://docs.aws.amazon.com/redshift/latest/dg/r_CONNECT_BY_clause.html
EMPLOYEES = """
CREATE TABLE employee (id int, name varchar(20), manager_id int);
INSERT INTO employee VALUES (100, 'Carlos', NULL), (101, 'John', 100), (102, 'Jorge', 101),
    (103, 'Kwaku', 101), (110, 'Liu', 101), (106, 'Mateo', 102), (110, 'Nikki', 103),
    (104, 'Paulo', 103), (105, 'Richard', 103), (120, 'Saanvi', 104), (200, 'Shirley', 104),
    (201, 'Sofía', 102), (205, 'Zhang', 104)
"""


@pytest.fixture
def tables(client):
    for statement in TABLES.split(";\n"):
        client.run(statement)
    return client


@pytest.fixture
def employees(client):
    for statement in EMPLOYEES.split(";\n"):
        client.run(statement)
    return client


def shown(client, query):
    return [
        "|".join("" if each is None else str(each) for each in row) for row in client.run(query)
    ]


OUTER = {
    "SELECT count(*) FROM sales, listing WHERE sales.listid = listing.listid(+)": ["3"],
    "SELECT listing.listid, sum(pricepaid) FROM listing, sales WHERE sales.listid(+) ="
    " listing.listid AND listing.listid BETWEEN 1 AND 3 GROUP BY 1 ORDER BY 1":
        ["1|728.00", "2|", "3|"],
    "SELECT catname, event.eventid FROM category, event WHERE category.catid = event.catid(+)"
    " AND eventid(+) = 796 ORDER BY 1": ["Jazz|", "Musicals|796", "Pop|"],
    "SELECT catname, event.eventid FROM category, event WHERE category.catid = event.catid(+)"
    " AND eventid = 796": ["Musicals|796"],
    "SELECT * FROM sales, listing WHERE sales.listid(+) = listing.listid ORDER BY 5":
        ["1|1|728.00|7|1|7", "||||2|7", "||||3|8", "2|4|76.00|9|4|9"],
    "SELECT count(*) FROM event a, event b WHERE a.eventid(+) = b.catid": ["3"],
    "SELECT count(*) FROM sales s, listing l WHERE s.listid(+) * 10 = l.listid * 10": ["4"],
    # a join with mixed syntax runs as an inner join
    "SELECT count(*) FROM sales s, listing l WHERE s.listid(+) = l.listid AND s.eventid ="
    " l.eventid": ["2"],
    "SELECT catname, e.eventid, listid FROM category c, event e, listing l WHERE c.catid ="
    " e.catid(+) AND e.eventid = l.eventid(+) ORDER BY 1, 2":
        ["Jazz||", "Musicals|796|", "Musicals|797|", "Pop|9|4"],
    "SELECT catname FROM category WHERE 3 = (SELECT count(*) FROM event e, listing l WHERE"
    " e.eventid = l.eventid(+)) ORDER BY 1 LIMIT 1": ["Jazz"],
    "WITH w AS (SELECT l.listid FROM listing l, sales s WHERE l.listid = s.listid(+))"
    " SELECT count(*) FROM w": ["4"],
    "SELECT catname + '!' FROM category WHERE 'a' + 'b'::varchar = 'ab' ORDER BY 1 LIMIT 1":
        ["Jazz!"],
    "SELECT count(*) FROM listing l, (SELECT json_parse('{\"id\": 9}') AS j) s WHERE"
    " l.listid(+) = s.j.id": ["1"],
    # without a join to another table, it is ignored
    "SELECT count(*) FROM listing a, listing b WHERE b.eventid(+) = 99": ["0"],
    "SELECT count(*) FROM listing a, listing b WHERE b.eventid(+) = (SELECT 95 + max(listid)"
    " FROM listing)": ["0"],
    "SELECT count(*) FROM listing a, listing b WHERE a.listid = b.eventid(+) AND b.eventid(+) ="
    " (SELECT max(eventid) FROM listing WHERE eventid IN (7, 8) OR listid = 4)": ["4"],
    "SELECT count(*) FROM listing a, sales b WHERE a.listid IN (SELECT c.listid FROM listing c,"
    " sales d WHERE c.listid = d.listid(+) AND d.salesid IS NULL) AND a.listid = b.listid(+)":
        ["2"],
    # the tables of a query in parentheses or within WITH may be those of WITH around it
    "(SELECT count(*) FROM sales s, listing l WHERE s.listid(+) = l.listid)": ["4"],
    "WITH w AS (SELECT listid FROM listing), v AS (SELECT salesid FROM sales, w WHERE"
    " sales.listid(+) = w.listid) SELECT count(*), count(salesid) FROM v": ["4|2"],
    "WITH w (k) AS (SELECT listid FROM listing) SELECT count(*) FROM (WITH v AS (SELECT * FROM w)"
    " SELECT salesid FROM sales, v WHERE listid(+) = k)": ["4"],
    "SELECT count(*) FROM (SELECT listid AS k FROM listing), sales WHERE salesid(+) = 1 AND"
    " sales.eventid(+) = k": ["4"],
    "SELECT count(*) FROM (SELECT * FROM (SELECT listid AS k FROM listing) WHERE k(+) = 2)": ["1"],
    "WITH w AS (SELECT listid AS k FROM listing) SELECT -1 AS n UNION ALL (SELECT count(*) FROM"
    " sales, w WHERE listid(+) = k) ORDER BY 1": ["-1", "4"],
}  # fmt: skip
WRONG = {
    "SELECT count(*) FROM sales, listing WHERE sales.listid(+) = listing.listid OR salesid = 0":
        "Outer join operator (+) not allowed in operand of OR or IN.",
    "SELECT count(*) FROM sales, listing WHERE sales.listid(+) IN (listing.listid)":
        "Outer join operator (+) not allowed in operand of OR or IN.",
    "SELECT count(*) FROM sales, listing, event WHERE sales.listid(+) = listing.listid AND"
    " sales.eventid(+) = event.eventid":
        "A table may be outer joined to at most one other table.",
    "SELECT 1 FROM sales JOIN listing ON true, event WHERE sales.listid(+) = event.eventid": "",
    "SELECT 1 FROM event, category WHERE event.eventid * 10(+) = category.catid": "",
    "SELECT 1 FROM event e, (SELECT json_parse('{}') AS j) s WHERE s.j.id(+) = e.eventid": "path",
    "SELECT sales.listid(+) FROM sales": "",
    "SELECT 1 FROM a.sales, b.sales WHERE sales.listid(+) = 1": 'two tables "sales": not',
}  # fmt: skip


def test_rule_86_the_outer_join_operator(tables):
    assert {query: shown(tables, query) for query in OUTER} == OUTER
    tables.run(
        "CREATE VIEW v AS SELECT s.salesid FROM sales s, listing l WHERE s.listid(+) = l.listid"
    )
    assert tables.run("SELECT count(*), count(salesid) FROM v") == [(4, 2)]
    tables.run(
        "CREATE TABLE t AS (SELECT s.salesid FROM sales s, listing l WHERE s.listid(+) = l.listid)"
    )
    assert tables.run("SELECT count(*), count(salesid) FROM t") == [(4, 2)]


def test_rule_86_what_is_refused(tables):
    for query, message in WRONG.items():
        error = tables.error(query)
        assert error.pgcode in {"0A000", "42601"}, query
        assert message in str(error), query


@pytest.mark.emulator_only
def test_rules_86_and_87_what_the_emulator_refuses(tables):
    s = tables.schema
    unbound = "CREATE VIEW v AS {} WITH NO SCHEMA BINDING"
    joined = "s.listid(+) = l.listid"
    below = "FROM event CONNECT BY PRIOR eventid = catid"
    for query in (
        f"SELECT * FROM sales s, listing l, event e WHERE {joined} AND l.eventid = e.eventid",
        unbound.format(f"SELECT 1 AS n FROM {s}.sales s, {s}.listing l WHERE {joined}"),
        unbound.format(f"SELECT eventid {below}".replace("event C", f"{s}.event C")),
        f"SELECT eventid {below} UNION ALL SELECT catid {below}",
        f"UPDATE event SET catid = 1 WHERE catid IN (SELECT catid {below})",
        f"SELECT CONNECT_BY_ROOT catid {below}",
    ):
        assert tables.error(query).pgcode == "0A000", query


@pytest.mark.emulator_only
def test_rule_86_plus_between_two_literals_is_ambiguous(client):
    for query in ("SELECT '1' + '2'", "SELECT '10:00' + '1 hour'", "SELECT 'a' + NULL"):
        error = client.error(query)
        assert error.pgcode == "42725"
    assert 'operator is not unique: "unknown" + "unknown"' in str(error)


def names(client, query):
    return sorted(name for (name,) in client.run(query))


def test_rule_87_connect_by(employees):
    below = "FROM employee START WITH name = 'John' CONNECT BY PRIOR id = manager_id"
    john = "SELECT name FROM employee WHERE level < {} START WITH name = 'John' CONNECT BY {}"
    assert names(employees, john.format(3, "PRIOR id = manager_id")) == [
        *("John", "Jorge", "Kwaku", "Liu"),
    ]
    assert shown(employees, f"SELECT level, count(*) {below} GROUP BY level ORDER BY 1") == [
        *("1|1", "2|3", "3|5", "4|3"),
    ]
    assert employees.run(f"SELECT count(*) {below}") == [(12,)]
    assert names(employees, john.format(9, "manager_id = PRIOR id AND level < 3")) == [
        *("John", "Jorge", "Kwaku", "Liu"),
    ]
    for alias in ('"start"', "AS start"):
        query = f"SELECT count(*) FROM employee {alias} CONNECT BY PRIOR id = manager_id"
        assert employees.run(f"{query} START WITH name = 'John'") == [(12,)]
    star = "SELECT * FROM employee e START WITH e.id = 104 CONNECT BY PRIOR e.id = e.manager_id"
    assert shown(employees, f"{star} ORDER BY id LIMIT 2") == ["104|Paulo|103", "120|Saanvi|104"]
    assert employees.run("SELECT count(*) FROM employee CONNECT BY PRIOR id = manager_id") == [
        (47,)
    ]


def test_rule_87_connect_by_in_other_queries(employees):
    connected = (
        "SELECT id, level AS l FROM {} START WITH id = 103 CONNECT BY PRIOR id = manager_id"
    )
    employees.run(f"CREATE VIEW v AS {connected.format('employee')}")
    employees.run(f"CREATE TABLE made AS {connected.format('employee')}")
    for source in ("v", "made", f"({connected.format('employee')})"):
        assert employees.run(f"SELECT max(l), count(*) FROM {source}") == [(3, 7)]
    query = f"WITH w AS (SELECT * FROM employee WHERE id < 200) {connected.format('w')}"
    assert len(employees.run(query)) == 5
    query = f"WITH employee AS (SELECT * FROM employee) {connected.format('employee')}"
    assert len(employees.run(query)) == 7
    recursive = (
        "WITH RECURSIVE w (id, manager_id) AS (SELECT 102, 101 UNION ALL"
        " SELECT id + 1, manager_id + 1 FROM w WHERE id < 105)"
    )
    assert len(employees.run(f"{recursive} {connected.format('w')}")) == 3
    inner = f"SELECT count(*) FROM employee WHERE id IN (SELECT id FROM ({connected}) AS q)"
    assert employees.run(inner.format("employee")) == [(8,)]


@pytest.mark.emulator_only
def test_rule_87_what_is_refused(employees):
    employees.run("INSERT INTO employee VALUES (1, 'x', 2), (2, 'y', 1)")
    below = "START WITH id = 1 CONNECT BY PRIOR id = manager_id"
    cases = {
        f"SELECT id FROM employee {below}": "0A000",
        f"SELECT PRIOR name FROM employee {below}": "0A000",
        f"SELECT sys_connect_by_path(name, '/') FROM employee {below}": "42883",
        "SELECT id FROM employee CONNECT BY NOCYCLE PRIOR id = manager_id": "0A000",
        "SELECT id FROM employee CONNECT BY id = manager_id": "42601",
        "SELECT id FROM employee CONNECT BY PRIOR nosuch = manager_id": "42703",
        "SELECT e.id FROM employee e, employee f CONNECT BY PRIOR e.id = e.manager_id": "0A000",
        f"SELECT id FROM (SELECT id, 1 AS level, manager_id FROM employee) q {below}": "0A000",
        "SELECT id, (SELECT count(*) FROM employee e START WITH e.id = x.id CONNECT BY PRIOR e.id"
        " = e.manager_id) FROM employee x": "0A000",
        f"DELETE FROM employee WHERE id IN (SELECT id FROM employee {below})": "0A000",
    }
    assert {query: employees.error(query).pgcode for query in cases} == cases
    correlated = next(query for query in cases if "= x.id" in query)
    assert "CONNECT BY in a correlated subquery" in str(employees.error(correlated))

"""The text of PostgreSQL's node trees."""

from redshift_emulator.language.computed.node_tree import descendants, parse


def test_nodes_lists_and_values_of_several_words():
    (tree,) = parse(
        r"({TARGETENTRY :expr {CONST :consttype 23 :constvalue 4 [ 6 0 0 0 ]} :resname a\ \(b"
        " :args <> :list (i 1 2) :junk false})"
    )
    assert tree.tag == "TARGETENTRY"
    assert tree["expr"].number("consttype") == 23
    assert tree["expr"]["constvalue"] == ["4", "[", "6", "0", "0", "0", "]"]
    assert tree["resname"] == r"a\ \(b"
    assert tree["args"] is None
    assert tree["list"] == ["i", "1", "2"]
    assert tree["missing"] is None
    assert tree.number("missing") == 0
    assert [node.tag for node in descendants(tree)] == ["TARGETENTRY", "CONST"]

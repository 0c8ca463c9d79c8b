"""Redshift's keywords, by their role in a statement.

https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
"""


def words(text: str) -> frozenset[str]:
    """Split a text into words."""
    return frozenset(text.split())


# The common table expression that replaces CONNECT BY.
HIERARCHY = "connect by"
# Without LANGUAGE, BACKUP and TIMESTAMP of the list: tables on clusters, and STV_TBL_PERM, have
# columns of these names.
RESERVED = words(
    """
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64
    between binary blanksasnull both bytedict bzip2 case cast check collate column
    connect constraint create credentials cross current_date current_time current_timestamp
    current_user current_user_id default deferrable deflate defrag delta delta32k desc disable
    distinct do else emptyasnull enable encode encrypt encryption end except explicit false for
    foreign freeze from full globaldict256 globaldict64k grant group gzip having identity
    ignore ilike in initially inner intersect interval into is isnull join leading
    left like limit localtime localtimestamp lun luns lzo lzop minus mostly16 mostly32 mostly8
    natural new not notnull null nulls off offline offset oid old on only open or order outer
    overlaps parallel partition percent permissions pivot placing primary raw readratio recover
    references rejectlog resort respect restore right select session_user similar snapshot some
    start sysdate system table tag tdes text255 text32k then to top trailing true
    truncatecolumns union unique unnest unpivot user using verbose wallet when where with
    without
    """
)

# Reserved words that appear in queries only as names.
NEVER_IN_QUERIES = words(
    """
    aes128 aes256 allowoverwrite az64 blanksasnull bytedict bzip2 credentials deflate
    defrag delta delta32k disable emptyasnull enable encode encrypt encryption explicit
    globaldict256 globaldict64k gzip identity lun luns lzo lzop mostly16 mostly32 mostly8 new
    off offline old open parallel percent permissions raw readratio recover rejectlog resort
    restore snapshot start system tag tdes text255 text32k truncatecolumns wallet
    """
)

# Words before a parenthesis that does not begin a function's arguments.
NO_FUNCTIONS = words(
    """
    all and any as asc between both by case cross desc distinct else end except exists filter from
    full group groups having in inner intersect into is join lateral leading like ilike limit
    minus natural not notnull nulls offset on or order outer over partition qualify range
    recursive returning rows select set similar some then to top trailing union using values when
    where window with within
    """
)

# Words that end the tables of a FROM clause.
CLAUSES = words(
    """
    where group having order limit offset union except intersect minus qualify window fetch for
    set when returning
    """
)

# Words that may follow a table's name and are not an alias.
AFTER_TABLE = CLAUSES | words(
    """
    on using join inner left right full cross natural as select values default with pivot
    unpivot tablesample
    """
)

"""SQL with classes for its words; all of the text is escaped and none is lost."""

import html
import re

import pytest

from pipeline.pages.highlight import sql

TEXTS = {
    "SELECT 1": '<span class="k">SELECT</span> <span class="n">1</span>',
    "'a<b'": '<span class="s">&#x27;a&lt;b&#x27;</span>',
    '"a&b".c': "&quot;a&amp;b&quot;.c",
    "x -- no <b>\n": 'x<span class="c"> -- no &lt;b&gt;\n</span>',
    "/* /* */ <i> */ y": '<span class="c">/* /* */ &lt;i&gt; */ </span>y',
    "/* open <b>": '<span class="c">/* open &lt;b&gt;</span>',
    "": "",
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_a_text_with_classes(text, expected):
    assert sql(text) == expected
    assert html.unescape(re.sub(r'<span class=".">|</span>', "", sql(text))) == text

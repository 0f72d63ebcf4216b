"""Pictures inside pages: nothing that a name or a title holds is ever markup, and a page needs no other file."""

import re

import pytest

from aeeval.report.embed import fragment, in_script, page, script, svg
from aeeval.report.figures.representation import representation
from aeeval.report.scene import scene
from tests.report.test_figures import arrays, subject

EVIL = '</script><img src=x onerror="alert(1)"> & <!-- '


def test_what_stands_in_a_script_cannot_end_it():
    text = in_script({"title": EVIL})
    assert "<" not in text
    assert "\\u003c/script>" in text


def test_a_name_is_no_markup():
    text = page(scene(arrays(), EVIL), "<svg></svg>")
    assert "<img" not in text
    assert "<title>&lt;/script&gt;&lt;img" in text
    assert fragment('a"b', {}, "").startswith('<div id="a&quot;b"')


def test_a_page_asks_for_nothing_from_elsewhere():
    text = page(scene(arrays(), "mlp on sphere, k = 2"), "<svg></svg>").replace(script(), "")
    assert not re.search(r"https?:|src=|href=|@import|url\(", text)
    assert "</script>" in text


def test_figures_are_the_same_text_each_time_and_keep_their_words():
    pytest.importorskip("matplotlib")
    one = subject()
    first, again = (svg(representation(one)) for _ in range(2))
    assert first == again
    assert first.startswith("<svg")
    assert "training rows x" in first

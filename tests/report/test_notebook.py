"""Results in a notebook: boards and pictures in one piece of HTML that no name can break out of."""

import re
from html.parser import HTMLParser

import pytest

from aeeval.errors import StoreError
from aeeval.report.notebook import MOST, notebook
from aeeval.report.results import Results
from tests.report.test_figures import arrays

pytest.importorskip("matplotlib")
EVIL = '<img src=x onerror="alert(1)">'


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open = [], []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(text):
    parser = Tags()
    parser.feed(text)
    assert parser.open == []
    return parser.found


def pictured(*records):
    return lambda: [(record, arrays) for record in records]


def test_boards_and_pictures_stand_in_it(grid, record, metrics):
    text = Results(grid, metrics, pictured(record(), record(submission="mean", track="reference")))._repr_html_()
    found = tags(text)
    assert sum(tag == "table" for tag, _ in found) == 1
    folds = re.findall(r"<summary>(.*?)</summary>", text)
    assert folds == ["what the columns and marks mean", "mlp on sphere, k = 2"]  # reference rows have no picture
    (image,) = [attributes for tag, attributes in found if tag == "img"]
    assert image["src"].startswith("data:image/webp;base64,")
    assert "60 training rows" in image["alt"]
    assert text.count("aeevalScene.mount(place, scene)") == 1
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert len(text) < 250_000


def test_names_are_no_markup(record, metrics):
    evil = record(submission=EVIL, task="a</script>b")
    text = Results([evil], metrics, pictured(evil))._repr_html_()
    assert [attributes["src"][:5] for tag, attributes in tags(text) if tag == "img"] == ["data:"]


def test_two_outputs_on_a_page_do_not_share_an_id(record, metrics):
    results = Results([record()], metrics, pictured(record()))
    ids = [re.findall(r'<div id="(aeeval-\w+)"', results._repr_html_()) for _ in range(2)]
    assert len({*ids[0], *ids[1]}) == 2


def test_of_many_pictures_the_first_are_shown_and_the_rest_counted(record, metrics):
    many = [record(task=f"t{i:02}") for i in range(MOST + 3)]
    text = notebook(many, metrics, [(one, arrays) for one in many])
    assert text.count("aeevalScene.mount(place, scene)") == MOST
    assert "3 more: <code>aeeval report</code>" in text


def test_a_picture_that_cannot_be_read_says_why(record, metrics):
    def torn():
        raise StoreError("expected arrays <of> a picture")

    text = notebook([record()], metrics, [(record(), torn)])
    assert "expected arrays &lt;of&gt; a picture" in text


def test_without_any_record_it_says_how_to_start(metrics):
    assert Results([], metrics)._repr_html_().startswith("<p>No records")

"""The site: its boards say what the rankings say, every link leads somewhere, and nothing is lost or foreign."""

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from aeeval.cli import main
from aeeval.errors import StoreError
from aeeval.record import axes_label
from aeeval.records import Records
from aeeval.report.fields import Asked
from aeeval.report.rank import rank_section
from aeeval.report.sections import sections
from aeeval.report.site.address import slug
from aeeval.report.site.board_data import data_of, order_of
from aeeval.report.site.boards import headline_boards, metric_boards
from aeeval.report.site.build import count, write_site
from aeeval.report.site.site import Site
from aeeval.report.site.stored import Stored
from aeeval.store import Store
from tests.report.conftest import METRICS, Facts, made_grid, make
from tests.report.test_figures import arrays

pytest.importorskip("jinja2")
NASTY = '<script>alert("x")</script>'


def write(records, out, **options):
    site = Site(Records.of(records), METRICS, out=out, **options)
    return site, [path.relative_to(out).as_posix() for path in write_site(site, out)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A site of the grid and of a submission whose name and reason are markup."""
    records = made_grid() + [
        make(metric, None, submission=NASTY, task="roll", seed=seed, reason=f"{NASTY} & more")
        for metric in METRICS
        for seed in range(3)
    ]
    out = tmp_path_factory.mktemp("site")
    write(records, out)
    return out


class Links(HTMLParser):
    """What a page refers to, and the ids that it has."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.ids, self.tags = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.targets += [values[name] for name in ("href", "src") if values.get(name)]
        if "id" in values:
            assert values["id"] not in self.ids, f"two elements with the id {values['id']}"
            self.ids.add(values["id"])


def pages(out):
    return {path: Links(path.read_text(encoding="utf-8")) for path in sorted(out.rglob("*.html"))}


def test_every_link_leads_to_a_file_of_the_site(built):
    found = pages(built)
    assert len(found) > 30
    for page, links in found.items():
        for target in links.targets:
            path, _, mark = target.partition("#")
            file = (page.parent / unquote(path)).resolve() if path else page
            assert file.is_file(), f"{target} on {page}"
            assert built in file.parents
            if mark and "=" not in mark:
                assert mark in found[file].ids, f"{target} on {page}"


def test_no_page_asks_the_network_or_for_a_module(built):
    for file in built.rglob("*"):
        if file.suffix in (".html", ".css"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"""(src|href)\s*=\s*["'](https?:)?//|url\(|@import|type="module\"""", text), file


def test_names_and_reasons_of_others_are_text(built):
    for page in built.rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8")
    (own,) = [page for page in built.glob("submissions/*.html") if "alert" in page.name]
    assert "&lt;script&gt;alert" in own.read_text(encoding="utf-8")


def test_every_submission_task_and_metric_has_its_page(built):
    def names(folder):
        return {path.relative_to(built / folder).as_posix() for path in (built / folder).rglob("*.html")}

    assert {"mlp.html", "vae.html", "pca-ref.html", "mean-ref.html", "broken.html"} < names("submissions")
    assert {"smoke/sphere.html", "smoke/roll.html"} < names("tasks")
    assert {f"{slug(name)}.html" for name in METRICS} <= names("metrics")
    assert {"smoke/mlp/sphere.html", "smoke/broken/roll.html"} < names("pairs")


def test_failures_are_told_where_they_are(built):
    for page in ("pairs/smoke/broken/roll.html", "submissions/broken.html", "tasks/smoke/roll.html"):
        text = (built / page).read_text(encoding="utf-8")
        assert "failed" in text
        assert "no such layer_1 | &amp; 100%" in text
    board = json.loads(script(built / "data/boards/smoke.reconstruction.recipe.set.all.all.js"))
    lost = {row["who"]: row["failed"] for row in board["rows"]}
    assert sorted(lost.values()) == [0, 0, 0, 1, 3, 6]


def script(file):
    """The data of a script."""
    return file.read_text(encoding="utf-8").partition('.js":')[2].rpartition("});")[0]


def test_boards_say_what_the_ranking_says(grid):
    (section,) = sections(map(_near, grid))
    boards = list(headline_boards(section, "smoke", METRICS))
    found = {of(one.leagues[0]): one for one in boards if not one.is_overview and not one.choice["task"]}
    places = {who: i for i, who in enumerate(order_of(boards))}
    for one in rank_section(section, METRICS, Asked()):
        rows = data_of(found[of(one)], places, {})["rows"]
        for name in ("rank", "best", "worst", "tasks", "of", "failed"):
            assert [row[name] for row in rows] == [getattr(row, name) for row in one.standings], name
        scores = [np.nan if row["at"][0] is None else row["at"][0] for row in rows]
        np.testing.assert_allclose(scores, [row.score for row in one.standings], rtol=1e-5, atol=1e-12)


def _near(record):
    """`vae` a little behind `mlp`, and so uncertain that both ranks are open to both; nothing of it failed."""
    if record.submission != "vae":
        return record
    value = {"sphere": 0.1, "roll": 0.2}[record.task] * (0.4, 1.2, 2.6)[record.seed]
    value *= 1e6 if record.metric == "samples_per_s" else 1
    return replace(record, status="ok", reason=None, value=value)


def of(ranked):
    return ranked.league.headline.metric.id, axes_label(dict(ranked.league.headline.axes))


def test_boards_of_a_task_are_the_ranking_on_it_alone(grid):
    (section,) = sections(grid)
    of_roll = [one for one in headline_boards(section, "smoke", METRICS) if one.choice["task"] == "roll"]
    found = {of(one.leagues[0]): one.leagues[0].standings for one in of_roll if not one.is_overview}
    for one in rank_section(section, METRICS, Asked(tasks=("roll",))):
        expected = [(row.who, row.rank, row.score) for row in one.standings if row.rank]
        assert [(row.who, row.rank, row.score) for row in found[of(one)] if row.rank] == expected


def test_every_sampler_has_its_board_and_its_own_numbers(grid):
    changed = [_worse(r) if r.axes.get("sampler") == "prior" else r for r in grid]
    (section,) = sections(changed)
    of_sampling = {
        one.choice["sampler"]: one
        for one in headline_boards(section, "smoke", METRICS)
        if one.choice["capability"] == "sampling" and not one.choice["task"]
    }
    assert set(of_sampling) == {"prior", "gauss", "gmm10"}
    best = {name: one.leagues[0].standings[0].who[0] for name, one in of_sampling.items()}
    assert best == {"prior": "vae", "gauss": "mlp", "gmm10": "mlp"}


def _worse(record):
    return replace(record, value=9.0) if record.submission == "mlp" and record.value is not None else record


def test_a_metric_has_a_board_at_each_of_its_axes_and_a_fact_has_no_ranks(grid):
    (section,) = sections(grid)
    assert [one.choice["axes"] for one in metric_boards(section, "smoke", "tube_error", METRICS)] == [
        "delta=0.05",
        "delta=0.1",
        "delta=0.25",
    ]
    as_fact = {**METRICS, "truth_error": Facts("truth_error", "reconstruction", "none", None)}
    (fact,) = metric_boards(section, "smoke", "truth_error", as_fact)
    places = {who: i for i, who in enumerate(order_of([fact]))}
    data = data_of(fact, places, {})
    assert not data["ranked"]
    assert all(row.rank == 0 for row in fact.leagues[0].standings)
    texts = {order_of([fact])[row["who"]][0]: row["cells"][0][0] for row in data["rows"]}
    assert texts["mlp"].startswith("0.110 ±")
    assert texts["broken"] == "failed"


def test_without_the_reference_there_are_numbers_and_a_word_why_there_is_no_ranking(grid, tmp_path):
    site, written = write([record for record in grid if record.submission != "pca"], tmp_path)
    assert "the reference pca" in site.troubles[0]
    assert "No ranking: expected the reference pca" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "submissions/mlp.html" in written


def test_a_site_written_again_forgets_what_is_gone_and_leaves_what_is_not_its_own(grid, tmp_path):
    write(grid, tmp_path)
    gone = tmp_path / "submissions" / "vae.html"
    stranger = tmp_path / "CNAME"
    stranger.write_text("mine")
    assert gone.is_file()
    write([record for record in grid if record.submission != "vae"], tmp_path)
    assert not gone.is_file()
    assert stranger.read_text() == "mine"


def test_a_site_that_was_interrupted_is_finished_the_next_time(grid, tmp_path):
    files = write_site(Site(Records.of(grid), METRICS, out=tmp_path), tmp_path)
    for _ in range(12):
        begun = next(files)
    files.close()
    assert begun.is_file()
    write([record for record in grid if record.submission == "pca"], tmp_path)
    assert (tmp_path / "index.html").is_file()
    assert not begun.is_file() or begun.suffix == ".html"
    assert not list(tmp_path.glob("data/boards/*sampling*"))


def test_a_folder_of_something_else_is_left_alone(grid, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(StoreError, match="choose another --out"):
        write(grid, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_as_many_pages_as_were_promised(grid, tmp_path):
    site, written = write(grid, tmp_path)
    assert sum(name.endswith(".html") for name in written) == count(site)
    assert len(written) == len(set(written))


def test_without_pairs_nothing_links_to_them(grid, tmp_path):
    _, written = write(grid, tmp_path, with_pairs=False)
    assert not [name for name in written if name.startswith("pairs/")]
    assert not [target for page in pages(tmp_path).values() for target in page.targets if "pairs/" in target]


@pytest.fixture
def run(tmp_path):
    """A results folder of one cell of `mlp`, its picture, and cells of the rows beside it."""
    store = Store(tmp_path / "run")
    for number, name in enumerate(("mlp", "pca", "mean")):
        track = "reference" if name == "mean" else "recipe"
        records = [
            make(metric, 0.5, submission=name, track=track, axes=axes)
            for metric in METRICS
            for axes in ({"sampler": "gmm10"} if metric == "sliced_wasserstein" else {},)
        ]
        store.write_cell(f"{number:064x}", records)
    store.write_picture(f"{0:064x}", arrays())
    return store


def test_stored_pictures_stand_on_the_page_of_their_model_and_are_drawn_once(run, tmp_path):
    pytest.importorskip("matplotlib")
    records, _ = run.read()
    out = tmp_path / "site"
    _, written = write(records, out, stored=Stored.below([run.root]))
    drawn = [name for name in written if name.startswith("pairs/") and not name.endswith(".html")]
    assert {name.split("-")[2] for name in drawn} >= {"thumbnail", "scene", "representation", "implementation"}
    text = (out / "pairs/smoke/mlp/sphere.html").read_text(encoding="utf-8")
    assert all(Path(name).name in text for name in drawn if "thumbnail" not in name)
    for page in ("tasks/smoke/sphere.html", "submissions/mlp.html"):
        assert "-thumbnail-" in (out / page).read_text(encoding="utf-8")
    before = {name: (out / name).stat().st_mtime_ns for name in drawn}
    write(records, out, stored=Stored.below([run.root]))
    assert {name: (out / name).stat().st_mtime_ns for name in drawn} == before
    other = [replace(r, value=0.7) if r.metric == "fvu" and r.submission == "pca" else r for r in records]
    _, written = write(other, out, stored=Stored.below([run.root]))  # PCA stands on pictures of others
    assert not set(drawn) & set(written)


def test_a_torn_picture_is_told_and_costs_no_other_page(run, tmp_path):
    (path,) = (run.root / "pictures").glob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    records, _ = run.read()
    _, written = write(records, tmp_path / "site", stored=Stored.below([run.root]))
    assert "arrays of a picture" in (tmp_path / "site/pairs/smoke/mlp/sphere.html").read_text(encoding="utf-8")
    assert "pairs/smoke/pca/sphere.html" in written


def aeeval(monkeypatch, *arguments):
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_nothing_is_trained_unless_it_is_asked_for(run, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("aeeval.cli.retrain.make_all_missing", lambda *all: asked.append(all))
    out = ("--out", tmp_path / "site", "--no-pairs")
    assert aeeval(monkeypatch, "report", run.root, *out) == 0
    assert asked == []
    more = ("--retrain", "--submission", "mine.py", "--suite", "mine.toml", "--jobs", "2")
    assert aeeval(monkeypatch, "report", run.root, *out, *more) == 0
    assert asked == [(str(run.root), ("mine.py",), ("mine.toml",), 2)]
    (tmp_path / "packs").mkdir()
    assert aeeval(monkeypatch, "report", tmp_path / "packs", "--retrain") == 2
    assert "aeeval results merge" in capsys.readouterr().err


def test_the_command_writes_a_site_and_says_where(run, tmp_path, monkeypatch, capsys):
    assert aeeval(monkeypatch, "report", run.root, "--out", tmp_path / "site", "--no-pairs") == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "site" / "index.html")
    assert (tmp_path / "site" / "made.html").is_file()

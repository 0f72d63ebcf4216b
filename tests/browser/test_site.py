"""The site in a real browser: from disk, without a network, for mouse, keyboard, screen reader and phone."""

from dataclasses import replace

import pytest

from aeeval.record import Record
from aeeval.records import Records
from aeeval.report.site.build import write_site
from aeeval.report.site.site import Site
from aeeval.report.site.stored import Stored
from aeeval.store import Store
from tests.report.conftest import METRICS, made_grid, make
from tests.report.test_figures import arrays

pytest.importorskip("jinja2")
KINDS = {
    "leaderboard": "index.html",
    "one capability": "index.html#capability=sampling&sampler=prior",
    "submissions": "submissions/index.html",
    "submission": "submissions/vae.html",
    "tasks": "tasks/index.html",
    "task": "tasks/smoke/roll.html",
    "metrics": "metrics/index.html",
    "metric": "metrics/fvu.html",
    "metric at many places": "metrics/tube-error.html",
    "pair": "pairs/smoke/mlp/sphere.html",
    "made": "made.html",
}
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with a picture, as a URL."""
    folder = tmp_path_factory.mktemp("browser")
    store = Store(folder / "run")
    long = {"by": "participation", "estimator": "local_pca", "of": "reconstructions", "sampler": "mixture"}
    records = [*made_grid(), *(make("tube_error", 0.1, submission=name, axes=long) for name in ("mlp", "pca"))]
    for key, cell in enumerate({(r.submission, r.task, r.seed): None for r in records}):
        store.write_cell(f"{key:064x}", [r for r in records if (r.submission, r.task, r.seed) == cell])
        if cell == ("mlp", "sphere", 0):
            store.write_picture(f"{key:064x}", arrays())
    out = folder / "site"
    made = Site(Records.of(records), METRICS, stored=Stored.below([store.root]), out=out)
    assert len(list(write_site(made, out))) > 30
    return out.as_uri() + "/"


@pytest.fixture
def board(page, site):
    """The leaderboard of one capability."""
    page.goto(site + "index.html#capability=reconstruction")
    page.get_by_role("table").wait_for()
    return page


def names(page):
    return [text.split()[0] for text in page.locator("tbody th[scope=row] a").all_inner_texts()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_opens_from_disk_without_a_network(page, site, kind):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + KINDS[kind])
    page.locator("h1").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.get_by_text("Loading").count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_is_wider_than_a_phone_or_a_desk(page, site, kind):
    page.goto(site + KINDS[kind])
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def faults(axe):
    """A page -> the serious faults that axe-core finds on it, in words; it may not load style sheets from disk."""
    return lambda page: [
        f"{one['id']}: {one['help']}: {node['html'][:120]}"
        for one in axe.run(page, options={"preload": False}).response["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    ("kind", "scheme"), [*((kind, "light") for kind in KINDS), *((kind, "dark") for kind in ("leaderboard", "metric"))]
)
def test_no_serious_fault_for_readers_of_screens(page, site, faults, kind, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(site + KINDS[kind])
    assert faults(page) == []


def test_planted_faults_are_found(page, site, faults):
    page.goto(site + "tasks/index.html")
    page.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend",
        '<input type="text"><p style="color:#ccc;background:#fff">too faint to read</p>')"""
    )
    found = " ".join(faults(page))
    assert "label: " in found
    assert "color-contrast: " in found


def test_a_click_sorts_and_another_turns_the_order(board):
    head = board.get_by_role("columnheader", name="Submission")
    assert names(board)[:2] == ["mlp", "vae"]
    head.get_by_role("button").click()
    assert names(board) == sorted(names(board))
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert names(board) == sorted(names(board), reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").click()
    assert names(board)[:2] == ["mlp", "vae"]


def test_a_number_that_is_missing_is_last_whichever_way_it_is_sorted(board):
    score = board.get_by_role("columnheader", name="Beside PCA").get_by_role("button")
    score.click()
    upwards = names(board)
    score.click()
    assert upwards[-1] == names(board)[-1] == "broken"
    assert upwards[:-1] == names(board)[:-1][::-1]


def test_the_keyboard_alone_sorts(board):
    button = board.get_by_role("columnheader", name="Rank", exact=True).get_by_role("button")
    button.focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Enter")
    assert names(board)[0] == "vae"
    assert button.evaluate("element => element === document.activeElement")


def test_search_and_filters_keep_what_fits(board):
    board.get_by_role("searchbox").fill("VA")
    assert names(board) == ["vae"]
    assert board.get_by_role("status").inner_text() == "1 of 5 submissions"
    board.get_by_role("searchbox").fill("no such name")
    assert board.get_by_text("No submission fits.").is_visible()
    board.get_by_role("searchbox").fill("")
    board.get_by_role("checkbox", name="reference rows").uncheck()
    assert set(names(board)) == {"mlp", "vae", "broken"}
    board.get_by_role("checkbox", name="only with failures").check()
    assert set(names(board)) == {"vae", "broken"}


def test_the_address_keeps_the_whole_view(board, browser):
    board.get_by_role("radio", name="sampling").check()
    board.get_by_label("Sampler").select_option("prior")
    board.get_by_label("Data set").select_option("roll")
    board.get_by_role("searchbox").fill("a")
    board.get_by_role("columnheader", name="Submission").get_by_role("button").click()
    shown, url = board.locator("main").inner_text(), board.url
    assert "vae" in shown
    other = browser.new_page()
    other.goto(url)
    other.get_by_role("table").wait_for()
    assert other.locator("main").inner_text() == shown
    assert other.get_by_label("Sampler").input_value() == "prior"
    assert other.get_by_role("searchbox").input_value() == "a"
    other.close()


def test_back_leads_to_the_view_before(board):
    board.get_by_role("radio", name="dimension").check()
    board.get_by_role("columnheader", name="Beside PCA").wait_for()
    board.go_back()
    assert board.get_by_role("radio", name="reconstruction").is_checked()
    board.go_forward()
    assert board.get_by_role("radio", name="dimension").is_checked()


def test_ranks_that_are_open_are_drawn_where_they_are(board):
    row = board.get_by_role("row").filter(has=board.get_by_role("link", name="mlp"))
    line = row.locator("svg.range line.ranks")
    text = row.locator(".digits").inner_text()
    best, worst = text.split("–") if "–" in text else (text, text)
    start, stop = (float(line.get_attribute(name).rstrip("%")) for name in ("x1", "x2"))
    assert (start, stop) == pytest.approx((50 * (int(best) - 1), 50 * int(worst)))  # of two who are ranked


def test_failures_are_seen_and_why(board):
    row = board.get_by_role("row").filter(has=board.get_by_role("link", name="broken"))
    assert "6 failed" in row.inner_text()
    assert "no such layer_1" in row.inner_text()


def test_the_theme_turns_and_stays_on_the_next_page(page, site):
    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.emulate_media(color_scheme="light")
    page.goto(site + "index.html")
    light, button = ground(), page.get_by_role("button", name="Theme")
    button.click()
    assert ground() == light
    button.click()
    dark = ground()
    assert dark != light
    page.goto(site + "made.html")
    assert ground() == dark
    page.get_by_role("button", name="Theme: dark").click()
    page.emulate_media(color_scheme="dark")
    assert ground() == dark
    page.emulate_media(color_scheme="light")
    assert ground() == light


def test_a_board_whose_file_is_missing_says_so(page, site):
    page.route("**/data/boards/**", lambda route: route.abort())
    page.goto(site + "index.html")
    assert page.get_by_text("is missing beside this page").is_visible()
    page.said.clear()


def test_the_picture_is_loaded_when_it_comes_into_sight_and_can_be_turned(page, site):
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            const { mount } = aeevalScene;
            aeevalScene.mount = (...all) => (window.shown = mount(...all));
        })"""
    )
    page.goto(site + KINDS["pair"])
    page.locator("[data-scene] canvas").scroll_into_view_if_needed()
    before = page.evaluate("shown.state()")
    page.locator("[data-scene] canvas").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("shown.state()")["azimuth"] != before["azimuth"]


def test_many_rows_are_a_button_away(page, site, tmp_path):
    many = [r for r in made_grid() if r.metric == "fvu" and r.submission in ("mlp", "pca")]
    for number in range(120):
        many += [_named(r, f"model{number}") for r in many[:6]]
    list(write_site(Site(Records.of(many), METRICS, out=tmp_path, with_pairs=False), tmp_path))
    page.goto((tmp_path / "index.html").as_uri())
    assert page.locator("tbody tr").count() == 100
    page.get_by_role("button", name="Show all 122 rows").click()
    assert page.locator("tbody tr").count() == 122


def test_suite_track_and_code_length_can_be_chosen(page, tmp_path):
    few = [
        r for r in made_grid() if r.metric in ("fvu", "dimension_mismatch") and r.submission in ("mlp", "vae", "pca")
    ]
    core = [replace(r, suite="core", suite_digest="c" * 16, latent_dim=k) for r in few for k in (2, 3, 4)]
    frozen = [replace(r, submission="hub", track="frozen") for r in core if r.submission == "mlp"]
    records = [*few, *core, *frozen]
    list(write_site(Site(Records.of(records), METRICS, out=tmp_path, with_pairs=False), tmp_path))
    page.goto((tmp_path / "index.html").as_uri())
    assert set(names(page)) == {"mlp", "vae", "pca"}
    page.get_by_label("Suite").select_option("core")
    page.get_by_label("Track").select_option("frozen")
    page.get_by_role("link", name="hub").wait_for()
    assert set(names(page)) == {"hub", "pca"}
    page.get_by_label("Code length").select_option("longer")
    assert page.locator("#board form").inner_text().count("longer: 4") == 1
    assert page.get_by_label("Suite").input_value() == "core"
    assert "track=frozen" in page.url
    assert "k=longer" in page.url


def test_a_choice_is_called_what_the_board_in_sight_is(page, tmp_path):
    """Every task at its own k, and one of them at a longer one too: what is set is 2 and 3 on all, and 3 on one."""
    few = [r for r in made_grid() if r.metric == "fvu" and r.submission in ("mlp", "pca")]
    own = [replace(r, latent_dim={"sphere": 2, "roll": 3}[r.task]) for r in few]
    both = [replace(r, latent_dim=k) for r in own if r.task == "sphere" for k in (1, 4)]
    list(write_site(Site(Records.of([*own, *both]), METRICS, out=tmp_path, with_pairs=False), tmp_path))
    page.goto((tmp_path / "index.html").as_uri())
    lengths = page.get_by_label("Code length").locator("option:checked")
    assert lengths.inner_text() == "as the tasks set it: 2, 3"
    page.get_by_label("Data set").select_option("roll")
    assert lengths.inner_text() == "as the tasks set it: 3"


def _named(record: Record, name: str) -> Record:
    return replace(record, submission=name, submission_sha256=name)

"""The board and its two writers: hand-computed entries, order of rows, and text that a parser accepts."""

import re

import pytest

from aeeval.report.latex import text as latex_text
from aeeval.report.tables import EMPTY, boards, render

HALF = 4.302652729749464 / 3**0.5  # t(.975, 2) / √3: half the interval of three values with s = 1


def rows_of(markdown: str) -> list[list[str]]:
    """The cells of the first table of a Markdown text, header first, without the rule."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [cells[0], *cells[2:]]


@pytest.fixture
def three_by_three(record):
    """Three submissions on one task at three seeds: seed i adds i to fvu and 10 i to dimension_mismatch."""
    levels = {"ae": 1.0, "vae": 5.0, "pca": 7.0}
    tracks = {"pca": "reference"}
    return [
        record(metric, level * scale + scale * seed, submission=name, seed=seed, track=tracks.get(name, "recipe"))
        for metric, scale in (("fvu", 1.0), ("dimension_mismatch", 10.0))
        for name, level in levels.items()
        for seed in range(3)
    ]


def test_three_by_three_by_hand(three_by_three, metrics):
    assert f"{HALF:.1f}, {10 * HALF:.0f}" == "2.5, 25"
    assert rows_of(boards(three_by_three, metrics)) == [
        ["task", "k", "submission", "reconstruction ↓", "dimension ↓"],
        ["sphere", "2", "ae", "2.0 ± 2.5", "20 ± 25"],
        ["sphere", "2", "vae", "6.0 ± 2.5", "60 ± 25"],
        ["sphere", "2", "pca (ref)", "8.0 ± 2.5", "80 ± 25"],
    ]


def test_another_entrant_changes_nobodys_numbers(three_by_three, metrics, record):
    before = rows_of(boards(three_by_three, metrics))
    entrant = [record(m, 1e6, submission="new", seed=s) for m in ("fvu", "dimension_mismatch") for s in range(3)]
    after = rows_of(boards([*entrant, *three_by_three], metrics))
    assert [row for row in after if row[2] != "new"] == before
    assert len(after) == len(before) + 1


def test_the_order_of_records_changes_no_entry(three_by_three, metrics):
    assert rows_of(boards(three_by_three[::-1], metrics))[1:] == [
        [*row[:3], *row[3:]] for row in rows_of(boards(three_by_three, metrics))[1:]
    ]


def test_rows_stand_by_task_as_it_appears_then_k_then_name_with_references_last(record, metrics):
    names = [("zebra", "recipe"), ("mean", "reference"), ("ant", "recipe"), ("identity", "reference")]
    records = [
        record(task=task, latent_dim=k, submission=name, track=track)
        for task in ("zz", "aa")
        for k in (10, 3)
        for name, track in names
    ]
    rows = [tuple(row[:3]) for row in rows_of(boards(records, metrics))[1:]]
    shown = ["ant", "zebra", "identity (ref)", "mean (ref)"]
    assert rows == [(task, str(k), name) for task in ("zz", "aa") for k in (3, 10) for name in shown]


def test_a_submission_that_failed_everywhere_stays_visible(grid, metrics):
    text = boards(grid, metrics)
    broken = [row for row in rows_of(text) if row[2] == "broken"]
    assert len(broken) == 2
    assert {cell for row in broken for cell in row[3:]} == {"failed¹"}
    assert text.count("no such layer_1") == 1


def test_a_partial_failure_says_how_many(grid, metrics):
    row = next(row for row in rows_of(boards(grid, metrics)) if row[0] == "roll" and row[2] == "vae")
    assert re.fullmatch(r"0\.40\d ± 0\.0\d+ \(1 of 3 failed\)²", row[3])


def test_a_headline_that_was_not_measured_is_a_dash(record, metrics):
    records = [record("fvu", submission="a"), record("dimension_mismatch", submission="b")]
    assert [row[3:] for row in rows_of(boards(records, metrics))[1:]] == [["0.500", "–"], ["–", "0.500"]]


def test_tracks_and_versions_of_one_name_are_told_apart(record, metrics):
    records = [
        record(submission="ae", submission_sha256="aaaaaaaaaa"),
        record(submission="ae", submission_sha256="bbbbbbbbbb", value=0.25),
        record(submission="vae", track="frozen"),
        record(submission="vae", track="own-k"),
    ]
    names = [row[2] for row in rows_of(boards(records, metrics))[1:]]
    assert names == ["ae @aaaaaaa", "ae @bbbbbbb", "vae (frozen)", "vae (own-k)"]


def test_suites_and_digests_never_share_a_table(record, metrics):
    records = [record(suite="a"), record(suite="b"), record(suite="b", suite_digest="f" * 16, value=0.25)]
    text = render(records, metrics, "md")
    assert re.findall(r"^# (.*)$", text, re.M) == ["a (3f2a91c04d1e)", "b (3f2a91c04d1e)", "b (ffffffffffff)"]
    tables = boards(records, metrics).split("aeeval run")[1:]
    assert [rows_of(table)[1:] for table in tables] == [
        [["sphere", "2", "mlp", value]] for value in ("0.500", "0.500", "0.250")
    ]


def test_every_table_says_suite_digest_seeds_and_how_to_make_it_again(grid, metrics):
    sections = render(grid, metrics, "md").split("\n## ")[1:]
    assert len(sections) > 6
    for section in sections:
        signature = section.splitlines()[2]
        assert signature == "smoke (3f2a91c04d1e) · seeds 0–2 · `aeeval run broken mlp vae --suite smoke --seeds 3`"


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"suite": "smoke-limit50"}, "aeeval run mlp --suite smoke --limit 50 --seeds 1"),
        ({"suite": "data", "track": "frozen", "submission": "mine"}, "aeeval run mine=FILE --data FILE --seeds 1"),
        ({"submission": "pca", "track": "reference"}, "aeeval run mean pca --suite smoke --seeds 1"),
        ({"submission": "memoriser", "track": "reference"}, "aeeval run memoriser --suite smoke --seeds 1"),
    ],
)
def test_the_command_fits_the_kind_of_run(record, metrics, fields, command):
    assert f"`{command}`" in boards([record(**fields)], metrics)


def test_every_headline_is_explained(grid, metrics):
    text = render(grid, metrics, "md")
    line = (
        "- `fvu` (reconstruction): Fraction of variance unexplained: 0 perfect, 1 the mean; lower is better; ideal 0."
    )
    assert text.count(line) == 2  # on the board and above its capability
    assert "- `samples_per_s` (throughput encode, decode): in samples/s; higher is better." in text


def test_all_markdown_tables_have_equal_column_counts(grid, metrics):
    for block in re.findall(r"(?:^\|.*\n)+", render(grid, metrics, "md"), re.M):
        lines = block.splitlines()
        assert len({len(re.split(r"(?<!\\)\|", line)) for line in lines}) == 1
        assert len({len(line) for line in lines}) == 1  # aligned in the source too
        assert len(lines) > 2


def test_a_bar_in_a_name_makes_no_column(record, metrics):
    assert [row[2] for row in rows_of(boards([record(submission="a|b")], metrics))[1:]] == [r"a\|b"]


def test_markdown_reasons_are_no_markup(record, metrics):
    text = boards([record(value=None, reason="<b>*x*</b> | [a](b) `c`\n# d")], metrics)
    assert r"¹ failed: \<b\>\*x\*\</b\> \| \[a\](b) 'c' \# d" in text


def test_latex_is_escaped_and_balanced(grid, metrics):
    text = render(grid, metrics, "latex")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    assert body.isascii()
    bare = re.sub(r"\\[\\{}&%$#_]", "", body)
    assert bare.count("{") == bare.count("}")
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert bare.count("$") % 2 == 0
    assert not re.search(r"[%#~^]", bare)
    assert "_" not in bare
    opened, closed = re.findall(r"\\begin{(\w+)}", body), re.findall(r"\\end{(\w+)}", body)
    assert sorted(opened) == sorted(closed)
    assert r"no such layer\_1 $|$ \& 100\%" in body


def test_latex_rows_have_as_many_cells_as_columns(grid, metrics):
    text = render(grid, metrics, "latex")
    tables = re.findall(r"\\begin{tabular}{(\w+)}\n\\toprule\n(.*?)\\bottomrule", text, re.S)
    assert len(tables) == text.count(r"\begin{table}") > 6
    for align, body in tables:
        for row in body.replace("\\midrule\n", "").splitlines():
            assert row.endswith(r"\\")
            assert len(re.findall(r"(?<!\\)&", row)) == len(align) - 1


def test_latex_raises_footnote_marks(record, metrics):
    text = render([record(value=None, submission="a_b")], metrics, "latex")
    assert r"a\_b & failed\textsuperscript{1} \\" in text
    assert "\\textsuperscript{1} failed: broken" in text


@pytest.mark.parametrize(
    ("plain", "typeset"),
    [
        ("‖x̂ − x̄‖² ≤ ½", r"$\|$$\hat{x}$ $-$ $\bar{x}$$\|$\textsuperscript{2} $\le$ 1/2"),
        ("`a_b --c` é 漢", r"\texttt{a\_b -{}-c} e ?"),
        ('\\{}~^"', r"\textbackslash{}\{\}\textasciitilde{}\textasciicircum{}''"),
    ],
)
def test_latex_text_by_hand(plain, typeset):
    assert latex_text(plain) == typeset


@pytest.mark.parametrize("format", ["md", "latex"])
def test_empty_input_gives_a_clear_message(metrics, format):
    assert "nothing was measured" in render([], metrics, format)
    assert boards([], metrics) == EMPTY

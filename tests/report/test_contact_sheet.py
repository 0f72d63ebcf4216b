"""Contact sheets: every row in its place."""

import numpy as np
import pytest

import aeeval
from aeeval.report.contact_sheet import contact_sheet, montage


def test_pictures_stand_row_by_row_with_lines_between():
    pictures = np.arange(5)[:, None, None, None] / 10 * np.ones((5, 1, 2, 3))
    sheet = montage(pictures)
    assert sheet.shape == (2 * 3 - 1, 3 * 4 - 1)
    assert [sheet[0, 0], sheet[0, 4], sheet[0, 8], sheet[3, 0], sheet[4, 6]] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert (sheet[2] == 1).all(), "a white line"
    assert (sheet[:, 3] == 1).all(), "a white line"
    assert (sheet[3:, 8:] == 1).all(), "no sixth picture"


def test_colours_come_last():
    picture = np.zeros((1, 3, 2, 2))
    picture[0, 2] = 7.0  # noise may leave [0, 1]
    assert montage(picture).tolist() == [[[0, 0, 1]] * 2] * 2


def test_pictures_are_pictures_and_tables_are_curves():
    pytest.importorskip("matplotlib")
    (sheet,) = contact_sheet(aeeval.dataset("digits")).axes
    assert sheet.images[0].get_array().shape == (89, 89)  # ten rows of 8 pixels, nine lines
    assert "100 of 1000 training rows, each 1 × 8 × 8" in sheet.get_title()
    (curves,) = contact_sheet(aeeval.dataset("breast-cancer")).axes
    assert [len(line.get_xdata()) for line in curves.lines] == [30] * 60

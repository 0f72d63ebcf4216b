"""The representation picture in a real browser: it turns, its layers switch, and hovering tells what a point is."""

import io

import numpy as np
import pytest

from aeeval.report.embed import fragment, script
from aeeval.report.scene import scene
from tests.report.test_figures import arrays

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>scene</title>
<style>body {{ color: #222; background: #fff }} .dark body {{ color: #eee; background: #111 }}</style>
{before}<script>{script}</script>{fragment}</html>"""
KEPT = (
    "<script>const mount = aeevalScene.mount; aeevalScene.mount = (...all) => (window.shown = mount(...all))</script>"
)
BLIND = "<script>HTMLCanvasElement.prototype.getContext = () => null</script>"


@pytest.fixture
def opened(page, tmp_path):
    """A page on disk with one scene; its canvas."""
    return show(page, tmp_path)


def show(page, folder, before=""):
    part = KEPT + fragment("scene", scene(arrays(), "mlp on sphere, k = 2"), '<p id="still">the still picture</p>')
    text = PAGE.format(before=before, script=script(), fragment=part)
    (folder / "page.html").write_text(text, encoding="utf-8")
    page.goto((folder / "page.html").as_uri())
    return page.locator("canvas")


def state(page):
    return page.evaluate("shown.state()")


def pixels(page, canvas):
    """(h, w, 3) of what is on the screen in place of the canvas."""
    from matplotlib.image import imread

    page.wait_for_timeout(120)  # two frames and more, drawn without a GPU
    return imread(io.BytesIO(canvas.screenshot()))[..., :3]


def middle(canvas):
    box = canvas.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_mouse_turns_it_and_reset_brings_it_back(page, opened):
    before, first = state(page), pixels(page, opened)
    assert np.ptp(first) > 0.5  # something is drawn
    x, y = middle(opened)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y - 30, steps=4)
    page.mouse.up()
    turned = state(page)
    assert turned["azimuth"] != before["azimuth"]
    assert turned["elevation"] != before["elevation"]
    page.mouse.move(0, 0)
    assert np.abs(pixels(page, opened) - first).mean() > 0.005
    page.get_by_role("button", name="reset the view").click()
    page.mouse.move(0, 0)
    assert state(page) == before
    assert np.abs(pixels(page, opened) - first)[60:].max() < 0.02  # below the buttons


def test_the_keyboard_turns_and_zooms(page, opened):
    before = state(page)
    page.keyboard.press("Tab")
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
    after = state(page)
    assert after["azimuth"] == pytest.approx(before["azimuth"] + 10)
    assert after["elevation"] == pytest.approx(before["elevation"] - 10)
    assert after["zoom"] == pytest.approx(1.2)
    page.keyboard.press("0")
    assert state(page) == before


def test_layers_switch_by_mouse_and_by_keyboard(page, opened):
    with_points = pixels(page, opened)
    box = page.get_by_role("checkbox", name="x, training rows")
    box.uncheck()
    assert "x" not in state(page)["layers"]
    assert np.abs(pixels(page, opened) - with_points).max() > 0.3
    box.focus()
    page.keyboard.press("Space")
    assert "x" in state(page)["layers"]
    assert np.abs(pixels(page, opened) - with_points)[60:].max() < 0.02
    page.get_by_role("checkbox", name="the learned surface").uncheck()
    assert np.abs(pixels(page, opened) - with_points).mean() > 0.005


def test_hovering_tells_error_and_distance(page, opened):
    for name in ("x, training rows", "x̂", "the true manifold", "the learned surface"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("checkbox", name="the model's extrapolation").check()
    box = opened.bounding_box()
    x, y = page.evaluate("shown.place('beyond_hat', 59)")
    page.mouse.move(box["x"] + x, box["y"] + y)
    said = page.locator(".aeeval-scene-bubble").inner_text()
    assert "error ‖x̂ − x‖ 0.2 of scale" in said
    assert "distance to the support" in said
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] - 3)
    assert page.locator(".aeeval-scene-bubble").is_hidden()


def test_a_reader_without_a_pointer_goes_from_point_to_point(page, opened):
    opened.focus()
    page.keyboard.press("n")
    assert page.get_by_role("status").inner_text() == "x, training rows; error ‖x̂ − x‖ 0.1 of scale; on the support"
    described = opened.get_attribute("aria-describedby")
    assert "60 training rows" in page.locator(f"#{described}").text_content()
    assert "Arrow keys turn" in page.locator(f"#{described}").text_content()


def test_the_wheel_belongs_to_the_page_until_the_picture_is_used(page, opened):
    page.mouse.move(*middle(opened))
    page.mouse.wheel(0, -200)
    assert state(page)["zoom"] == 1
    page.mouse.click(*middle(opened))
    page.mouse.wheel(0, -200)
    page.wait_for_function("shown.state().zoom > 1.2")


def test_colours_follow_the_theme(page, opened):
    light = pixels(page, opened)
    page.evaluate("document.documentElement.className = 'dark'")
    dark = pixels(page, opened)
    assert light[-1, 0].min() > 0.9
    assert dark[-1, 0].max() < 0.1
    swatch = page.locator(".aeeval-scene-swatch").first
    assert swatch.evaluate("node => node.style.background") == "rgb(157, 157, 157)"


def test_without_webgl_the_still_picture_stays_with_a_sentence(page, tmp_path):
    show(page, tmp_path, BLIND)
    assert page.evaluate("shown") is None
    assert page.locator("#still").is_visible()
    assert "no WebGL" in page.locator("#scene").inner_text()


def test_a_context_that_is_lost_gives_the_still_picture_back(page, opened):
    page.evaluate(
        "document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    page.locator("#still").wait_for()
    assert "no WebGL" in page.locator("#scene").inner_text()


def test_it_fits_a_phone(page, tmp_path):
    page.set_viewport_size({"width": 360, "height": 700})
    canvas = show(page, tmp_path)
    assert canvas.bounding_box()["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

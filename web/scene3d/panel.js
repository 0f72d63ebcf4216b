// What stands around the canvas: boxes that switch layers, buttons that turn, what hovering tells, and words.

import style from "./style.css";

let count = 0;

export function make(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The style sheet, once a document. */
export function dress(root = document) {
  if (!root.getElementById("aeeval-scene-style")) {
    root.head.append(make("style", { id: "aeeval-scene-style" }, [style]));
  }
}

/** A box for each layer, by group; `changed()` after one was switched. */
export function boxes(layers, changed) {
  const groups = new Map();
  for (const layer of layers) groups.set(layer.group, [...(groups.get(layer.group) ?? []), layer]);
  const sets = [...groups].map(([group, members]) =>
    make("fieldset", {}, [make("legend", {}, [group]), ...members.map((layer) => box(layer, changed))]),
  );
  return make("div", { class: "aeeval-scene-layers" }, sets);
}

function box(layer, changed) {
  const input = make("input", { type: "checkbox", "data-layer": layer.id });
  input.checked = layer.on;
  input.addEventListener("change", () => {
    layer.on = input.checked;
    changed();
  });
  layer.swatch = make("span", { class: "aeeval-scene-swatch", "aria-hidden": "true" });
  return make("label", {}, [input, layer.swatch, layer.label]);
}

/** Buttons [sign, name, what it does]. */
export function buttons(actions) {
  const made = actions.map(([sign, name, act]) => {
    const button = make("button", { type: "button", title: name, "aria-label": name }, [sign]);
    button.addEventListener("click", act);
    return button;
  });
  return make("div", { class: "aeeval-scene-buttons", role: "group", "aria-label": "view" }, made);
}

/** The canvas with its keys in words, the bubble of hovering, and a line that screen readers follow. */
export function stage(scene) {
  const id = `aeeval-scene-${++count}`;
  const keys = "Arrow keys turn, + and − zoom, 0 resets, n and p go from point to point.";
  const canvas = make("canvas", {
    tabindex: "0",
    role: "application",
    "aria-roledescription": "3-D picture",
    "aria-label": scene.title || "the representation",
    "aria-describedby": id,
  });
  const bubble = make("div", { class: "aeeval-scene-bubble", "aria-hidden": "true" });
  bubble.hidden = true;
  const live = make("p", { class: "aeeval-scene-live", role: "status" });
  const notes = scene.note ? [make("p", { class: "aeeval-scene-note" }, [scene.note])] : [];
  const words = make("details", { class: "aeeval-scene-words" }, [
    make("summary", {}, ["the picture in words"]),
    make("p", { id }, [`${scene.text} ${keys}`]),
  ]);
  return { canvas, bubble, live, notes, words };
}

// The board of a page: choices above, a table below, and the address that keeps both.

import { h, render } from "preact";
import { arranged } from "./rows.js";
import { chosen, read, VIEW, written } from "./state.js";
import { columnsOf, Table } from "./table.js";

const aeeval = (window.aeeval = window.aeeval || {});
aeeval.data = aeeval.data || {};

let site, root, words;

function go(change, lasting = true) {
  words = { ...words, ...change };
  const address = written(words);
  try {
    history[lasting ? "pushState" : "replaceState"](null, "", address);
  } catch {
    location.hash = address;
  }
  draw();
}

/** The data of a board: there, or on their way by a script of their own. */
function dataOf(board) {
  const found = board.data ?? aeeval.data[board.file];
  if (!found && !board.asked) {
    board.asked = true;
    const script = document.createElement("script");
    script.src = site.root + board.file;
    script.onload = draw;
    script.onerror = () => {
      board.lost = true;
      draw();
    };
    document.head.append(script);
  }
  return found;
}

function Choice({ facet }) {
  const { key, label, options, value } = facet;
  if (options.length < 2) return null;
  if (key === "capability")
    return h(
      "fieldset",
      { class: "tabs" },
      h("legend", null, label),
      options.map(([one, text]) =>
        h(
          "label",
          { class: one === value ? "on" : "" },
          h("input", { type: "radio", name: key, checked: one === value, onChange: () => go({ [key]: one, sort: "", dir: "" }) }),
          text,
        ),
      ),
    );
  return h(
    "label",
    { class: "choice" },
    h("span", null, label),
    h(
      "select",
      { onChange: (event) => go({ [key]: event.target.value, sort: "", dir: "" }), value },
      options.map(([one, text]) => h("option", { value: one, selected: one === value }, text)),
    ),
  );
}

function Tick({ label, on, change }) {
  return h("label", { class: "tick" }, h("input", { type: "checkbox", checked: on, onChange: (e) => change(e.target.checked) }), label);
}

function Tools({ data, view }) {
  return h(
    "div",
    { class: "tools" },
    h("label", { class: "choice search" },
      h("span", null, "Search"),
      h("input", {
        type: "search",
        id: "search",
        placeholder: "name of a submission",
        value: view.q,
        onInput: (e) => go({ q: e.target.value }, false),
      })),
    h(Tick, { label: "reference rows", on: view.refs !== "0", change: (on) => go({ refs: on ? "1" : "0" }) }),
    h(Tick, { label: "only with failures", on: view.lost === "1", change: (on) => go({ lost: on ? "1" : "" }) }),
    data.tasks?.length > 1 && data.ranked
      ? h(Tick, { label: "number on each task", on: view.by === "1", change: (on) => go({ by: on ? "1" : "" }) })
      : null,
  );
}

function Board() {
  const { board, facets } = chosen(site.boards, site.facets, words);
  const view = { ...VIEW, ...words };
  const data = dataOf(board);
  const head = h("form", { class: "choices", onSubmit: (e) => e.preventDefault() }, facets.map((facet) => h(Choice, { facet, key: facet.key })));
  if (!data)
    return [head, h("p", { role: "status" }, board.lost ? `The file ${board.file} is missing beside this page.` : "Loading …")];
  const rows = arranged(data.rows, site.who, view);
  const sorted = (key) => {
    const again = view.sort === key;
    if (again && view.dir === "desc") go({ sort: "", dir: "" });
    else go({ sort: key, dir: again ? "desc" : "" });
  };
  return [
    head,
    h("p", { class: "sentence" }, data.sentence),
    data.left_out?.length ? h("details", { class: "out" }, h("summary", null, `${data.left_out.length} not counted`), h("ul", null, data.left_out.map((one) => h("li", null, one)))) : null,
    h(Tools, { data, view }),
    h("p", { class: "sr", role: "status" }, `${rows.length} of ${data.rows.length} submissions${view.sort ? `, sorted by ${view.sort}` : ""}`),
    rows.length
      ? h(Table, { columns: columnsOf(data, site, view), rows, view, sorted, caption: data.sentence, whole: () => go({ all: "1" }) })
      : h("p", { class: "nothing" }, "No submission fits."),
  ];
}

function draw() {
  render(h(Board), root);
}

/** Show the boards of `site` { root, who, facets, boards } in an element. */
aeeval.board = (element, given) => {
  [root, site, words] = [element, given, read(location.hash)];
  for (const one of site.who) one.search = one.name.toLowerCase();
  addEventListener("popstate", () => {
    words = read(location.hash);
    draw();
  });
  addEventListener("hashchange", () => {
    words = read(location.hash);
    draw();
  });
  root.textContent = "";
  draw();
};

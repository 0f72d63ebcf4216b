// A board as a table: columns by name, each with how it is headed, sorted and filled.

import { h } from "preact";
import { Interval, Range, Scale } from "./marks.js";

const FEW = 100; // rows at first: more are a button away

const name = (data, site) => ({
  key: "name",
  head: "Submission",
  class: "name",
  row: true,
  fill: (row) => {
    const one = site.who[row.who];
    return [
      h("a", { href: site.root + one.href }, one.name),
      row.front ? h("span", { class: "badge front", title: "nobody beats it on every headline" }, "front") : null,
      one.standing ? h("span", { class: `badge ${one.standing}` }, one.standing) : null,
      row.failed ? h("span", { class: "badge failed" }, `${row.failed} failed`) : null,
      row.note ? h("small", { class: "note" }, row.note) : null,
    ];
  },
});

function leagueColumns(data, site, view) {
  if (!data.ranked) return [name(data, site), ...taskColumns(data, site)];
  const ranking = [
    { key: "rank", head: "Rank", class: "number", fill: (row) => row.rank || "–" },
    name(data, site),
    {
      key: "score",
      head: "Beside PCA",
      class: "number strong",
      fill: (row) => h("span", { title: `95 % interval over seeds: ${row.seeds}` }, row.score),
    },
    {
      head: "95 % interval",
      class: "wide",
      scale: data.axis,
      fill: (row) => [
        h(Interval, { axis: data.axis, at: row.at }),
        h("span", { class: "sr" }, `over seeds ${row.seeds}, over tasks ${row.over}`),
      ],
    },
    {
      key: "open",
      head: "Open ranks",
      class: "ranks",
      fill: (row) =>
        h("span", { class: "beside" }, h("span", { class: "digits" }, row.open), h(Range, { ...row, of: data.of })),
    },
  ];
  const last = data.tasks.length > 1 ? [{ head: "Tasks", class: "number", fill: (row) => `${row.tasks} of ${row.of}` }] : [];
  const by = view.by === "1" || data.tasks.length === 1 ? taskColumns(data, site) : [];
  return [...ranking, ...by, ...last];
}

function taskColumns(data, site) {
  const alone = data.tasks.length === 1;
  return data.tasks.map(([task, k, href], i) => ({
    key: `task${i}`,
    head: alone ? data.metric : task,
    under: k ? `k = ${k}` : "own k",
    href: alone ? "" : href,
    class: "number",
    fill: (row) => {
      const [text, , mark] = row.cells[i];
      return mark ? h("span", { class: mark, title: row.note }, text) : text;
    },
  }));
}

function overviewColumns(data, site) {
  return [
    name(data, site),
    ...data.heads.map((head, i) => ({
      key: `head${i}`,
      head: head.title,
      under: head.metric,
      class: "wide head",
      scale: head.axis,
      fill: (row) => {
        const one = row.heads[i];
        if (!one?.score) return h("small", { class: "note" }, one?.note || "–");
        return [
          h(Interval, { axis: head.axis, at: one.at }),
          h("span", { class: "figures", title: `95 % over seeds: ${one.seeds}` },
            h("b", null, one.score),
            h("span", { class: "sr" }, `, interval ${one.seeds}, `),
            h("span", { class: "open", title: one.note }, one.rank ? `#${one.open}` : one.note ? "not ranked" : "")),
        ];
      },
    })),
  ];
}

export function columnsOf(data, site, view) {
  return data.heads ? overviewColumns(data, site) : leagueColumns(data, site, view);
}

function Head({ column, view, sorted }) {
  const at = view.sort || "";
  const current = column.key && at === column.key;
  const order = current ? (view.dir === "desc" ? "descending" : "ascending") : undefined;
  const words = [column.head, column.under ? h("small", null, column.under) : null];
  return h(
    "th",
    { scope: "col", class: column.class, "aria-sort": column.key ? order ?? "none" : undefined },
    column.key
      ? h("button", { type: "button", onClick: () => sorted(column.key) }, words, h("span", { class: "arrow", "aria-hidden": "true" }))
      : h("span", { class: "plain" }, words),
    h(Scale, { axis: column.scale }),
  );
}

export function Table({ columns, rows, view, sorted, caption, whole }) {
  const shown = view.all === "1" ? rows : rows.slice(0, FEW);
  return h(
    "div",
    null,
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      h(
        "table",
        { class: "board" },
        h("caption", { class: "sr" }, caption),
        h("thead", null, h("tr", null, columns.map((column) => h(Head, { column, view, sorted, key: column.key })))),
        h(
          "tbody",
          null,
          shown.map((row) =>
            h(
              "tr",
              { key: row.who, class: row.rank === 0 && !row.heads ? "shown" : undefined },
              columns.map((column, i) =>
                column.row
                  ? h("th", { scope: "row", class: column.class, key: i }, column.fill(row))
                  : h("td", { class: column.class, key: i }, column.fill(row)),
              ),
            ),
          ),
        ),
      ),
    ),
    rows.length > shown.length
      ? h("p", null, h("button", { type: "button", class: "more", onClick: whole }, `Show all ${rows.length} rows`))
      : null,
  );
}

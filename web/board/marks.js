// Small drawings in a table: intervals and rank ranges. They say nothing that the text beside them does not say.

import { h } from "preact";

const percent = (value) => `${Math.min(100, Math.max(0, value)).toFixed(2)}%`;

/** Where a number lies on an axis, in percent of its length. */
function place(axis, value) {
  return (100 * (value - axis.low)) / (axis.high - axis.low);
}

/** Whether a score lies on its axis; what does not is a ring at the end that it lies beyond. */
const inside = (axis, score) => axis.low <= score && score <= axis.high;

/** at = [score, low, high, low over tasks, high over tasks], null where there is none. */
export function Interval({ axis, at }) {
  if (!axis || at?.[0] == null) return h("span", { class: "drawn" });
  const spot = (value) => percent(place(axis, value));
  const line = (from, to, name) =>
    from == null || to == null ? null : h("line", { class: name, x1: spot(from), x2: spot(to), y1: 9, y2: 9 });
  const [score, low, high, least, most] = at;
  return h(
    "svg",
    { class: "drawn", height: 18, "aria-hidden": "true", focusable: "false" },
    axis.ticks?.map(([tick]) => h("line", { class: "tick", x1: spot(tick), x2: spot(tick), y1: 0, y2: 18 })),
    h("line", { class: "zero", x1: spot(0), x2: spot(0), y1: 0, y2: 18 }),
    line(least, most, "over"),
    line(low, high, "seeds"),
    h("circle", { class: inside(axis, score) ? "score" : "score beyond", cx: spot(score), cy: 9, r: 3.5 }),
  );
}

/** The axis above a column of intervals; a text at an end stays within its column. */
export function Scale({ axis }) {
  if (!axis) return null;
  const end = (spot) => (spot < 8 ? "first" : spot > 92 ? "last" : undefined);
  return h(
    "span",
    { class: "scale", "aria-hidden": "true" },
    axis.ticks.map(([tick, text]) => {
      const spot = place(axis, tick);
      return h("span", { class: end(spot), style: { left: percent(spot) } }, text);
    }),
  );
}

/** The ranks from best to worst among `of`. */
export function Range({ best, worst, rank, of }) {
  if (!rank) return h("span", { class: "drawn" });
  const spot = (value) => percent((100 * (value - 0.5)) / of);
  return h(
    "svg",
    { class: "drawn range", height: 18, "aria-hidden": "true", focusable: "false" },
    h("line", { class: "rail", x1: "0%", x2: "100%", y1: 9, y2: 9 }),
    h("line", {
      class: "ranks",
      x1: percent((100 * (best - 1)) / of),
      x2: percent((100 * worst) / of),
      y1: 9,
      y2: 9,
    }),
    h("circle", { class: "score", cx: spot(rank), cy: 9, r: 3.5 }),
  );
}

// Which rows of a board are shown, and in which order. Everything that is compared here was computed before.

const LAST = Number.POSITIVE_INFINITY;
const words = new Intl.Collator("en", { numeric: true });

/** What a row is sorted by: a number, or a text. */
function keyOf(sort, who) {
  if (sort === "name") return (row) => who[row.who].name;
  if (sort.startsWith("head")) return (row) => row.heads[+sort.slice(4)]?.at?.[0] ?? LAST;
  if (sort.startsWith("task")) return (row) => row.cells[+sort.slice(4)][1] ?? LAST;
  if (sort === "failed") return (row) => -row.failed;
  if (sort === "open") return (row) => (row.rank ? row.best * 1e6 + row.worst : LAST);
  if (sort === "score") return (row) => row.at?.[0] ?? LAST;
  return (row) => row.rank || LAST;
}

/** The rows that fit, in order; rows that compare alike keep the order of the ranking, missing numbers are last. */
export function arranged(rows, who, view) {
  const needle = view.q.trim().toLowerCase();
  const kept = rows.filter((row) => {
    const one = who[row.who];
    if (view.refs === "0" && one.reference) return false;
    if (view.lost === "1" && !row.failed) return false;
    return !needle || one.search.includes(needle);
  });
  if (!view.sort) return kept;
  const key = keyOf(view.sort, who);
  const turn = view.dir === "desc" ? -1 : 1;
  const keyed = kept.map((row) => [key(row), row]);
  keyed.sort(([a], [b]) => {
    if (typeof a === "string") return turn * words.compare(a, b);
    if (a === b) return 0;
    if (a === LAST) return 1;
    if (b === LAST) return -1;
    return turn * (a - b);
  });
  return keyed.map(([, row]) => row);
}

// What is looked at, kept in the address: `#suite=core&capability=sampling&q=vae` shows the same view again.

export const VIEW = { sort: "", dir: "", q: "", refs: "1", lost: "", by: "", all: "" };

/** The words behind # as an object. */
export function read(hash) {
  return Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
}

/** An object as the words behind #; what is empty, or as at first, is left out. */
export function written(words) {
  const kept = Object.entries(words).filter(([key, value]) => value && value !== VIEW[key]);
  return "#" + new URLSearchParams(kept).toString();
}

/**
 * The board that is meant by some words, facet after facet: where a word fits none of those that are left, the first
 * one decides. -> { board, facets: [{ key, label, options: [[value, text]], value }] }
 */
export function chosen(boards, facets, words) {
  let left = boards;
  const shown = facets.map(({ key, label }) => {
    const options = new Map();
    for (const board of left) if (!options.has(board.choice[key])) options.set(board.choice[key], said(board, key));
    const value = options.has(words[key] ?? "") ? words[key] ?? "" : left[0].choice[key];
    left = left.filter((board) => board.choice[key] === value);
    return { key, label, options, value };
  });
  const [board] = left;
  for (const { key, options, value } of shown) options.set(value, said(board, key)); // what is shown, not another of it
  return { board, facets: shown.map((facet) => ({ ...facet, options: [...facet.options] })) };
}

/** What a board is called in a choice. */
function said(board, key) {
  return board.words[key] ?? board.choice[key];
}

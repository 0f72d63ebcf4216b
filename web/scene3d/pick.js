// What lies under the pointer, and what is told of it.

const REACH = { points: 9, curve: 9, surface: 16 }; // pixels
const HELD = 0.15; // of opacity: what is fainter cannot be pointed at

/** Pixels of the places of a part, and their depth, larger nearer to the eye. */
export function projected(at, i, matrix, size) {
  const [x, y, z] = [at[3 * i], at[3 * i + 1], at[3 * i + 2]];
  const row = (axis) => matrix[axis] * x + matrix[4 + axis] * y + matrix[8 + axis] * z + matrix[12 + axis];
  return [((row(0) + 1) / 2) * size[0], ((1 - row(1)) / 2) * size[1], -row(2)];
}

/** The place nearest to `pointer` of the layers that are on: points before lines and sheets; null where none is near. */
export function picked(parts, pointer, matrix, size) {
  for (const kinds of [["points"], ["curve", "surface"]]) {
    let best = null;
    for (const part of parts) {
      if (!part.layer.on || !kinds.includes(part.kind)) continue;
      for (let i = 0; i < part.at.length / 3; i++) {
        if (part.opacity[i] < HELD) continue;
        const [x, y, depth] = projected(part.at, i, matrix, size);
        const away = Math.hypot(x - pointer[0], y - pointer[1]) / REACH[part.kind];
        const rank = away - 0.5 * depth;
        if (away <= 1 && (best === null || rank < best.rank)) best = { part, i, rank };
      }
    }
    if (best) return best;
  }
  return null;
}

const rounded = (value) => (value === 0 ? "0" : Number(value.toPrecision(3)).toString());

/** Lines of text on one place. */
export function said({ part, i }) {
  const lines = [part.layer.label];
  if (part.error) lines.push(`error ‖x̂ − x‖ ${rounded(part.error[i])} of scale`);
  if (part.distance) {
    const away = part.distance[i];
    lines.push(away > 0.001 ? `distance to the support ${rounded(away)} of scale` : "on the support");
  }
  if (part.held) lines.push(`held by training codes: ${Math.round(100 * part.held[i])} %`);
  return lines;
}

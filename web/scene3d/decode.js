// Packed numbers of aeeval/report/scene.py: base64 of little-endian arrays.

const STEPS = 65535;

function bytes(text) {
  const raw = atob(text);
  const made = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) made[i] = raw.charCodeAt(i);
  return new DataView(made.buffer);
}

/** Coordinates: a Float32Array of 3 numbers a point. */
export function points(packed) {
  const view = bytes(packed.u16);
  const made = new Float32Array(view.byteLength / 2);
  for (let i = 0; i < made.length; i++) {
    const axis = i % 3;
    const low = packed.low[axis];
    made[i] = low + (view.getUint16(2 * i, true) / STEPS) * (packed.high[axis] - low);
  }
  return made;
}

/** One number for each of `count` places, from packed numbers or from one number for all. */
export function numbers(packed, count) {
  if (packed === undefined) return null;
  if (typeof packed === "number") return new Float32Array(count).fill(packed);
  if (packed.u8) {
    const view = bytes(packed.u8);
    return Float32Array.from({ length: view.byteLength }, (_, i) => view.getUint8(i) / 255);
  }
  const view = bytes(packed.f32);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// Points and lines of one part of a layer.

import { Geometry, Mesh, Program } from "ogl";
import { line, point } from "./shaders.js";

const GRID = 10; // lines of a grid each way
const FAINT = 0.45; // opacity of a grid line

/** Pairs of places that are joined: of curves, segments, and of the grid on a surface. */
export function joined(kind, shape) {
  if (kind === "segments") return Array.from({ length: shape[0] }, (_, i) => [2 * i, 2 * i + 1]);
  if (kind === "curve") return Array.from({ length: shape[0] - 1 }, (_, i) => [i, i + 1]);
  const [rows, columns] = shape;
  const pairs = [];
  const every = (count) => Math.max(1, Math.floor(count / GRID));
  const lines = (count) => new Set([...Array(count).keys()].filter((i) => i % every(count) === 0).concat(count - 1));
  for (const i of lines(rows)) for (let j = 0; j + 1 < columns; j++) pairs.push([i * columns + j, i * columns + j + 1]);
  for (const j of lines(columns)) for (let i = 0; i + 1 < rows; i++) pairs.push([i * columns + j, (i + 1) * columns + j]);
  return pairs;
}

class Stroke {
  constructor(gl, part, geometry, program, order) {
    Object.assign(this, { part, geometry });
    this.mesh = new Mesh(gl, { geometry, program, mode: part.mode ?? gl.TRIANGLES, frustumCulled: false });
    this.mesh.renderOrder = order;
    this.paint();
  }

  /** Colours anew, after the theme has changed. */
  paint() {
    const { data } = this.geometry.attributes.colour;
    const { rgb } = this.part.layer;
    this.places.forEach((place, i) => data.set([...rgb, this.opacity(place)], 4 * i));
    this.geometry.attributes.colour.needsUpdate = true;
  }

  opacity(place) {
    return this.part.opacity[place];
  }

  show() {
    this.mesh.visible = this.part.layer.on;
  }
}

export class Points extends Stroke {
  constructor(gl, part, uniforms) {
    const count = part.at.length / 3;
    const geometry = new Geometry(gl, {
      position: { size: 3, data: part.at },
      colour: { size: 4, data: new Float32Array(4 * count) },
    });
    const own = { ...uniforms, pixels: { value: part.size * uniforms.ratio.value }, hollow: { value: part.hollow ?? 0 } };
    const depth = !part.hollow; // a ring marks what it is round, whatever lies in front
    const program = new Program(gl, { ...point, uniforms: own, transparent: true, cullFace: false, depthTest: depth });
    super(gl, { ...part, mode: gl.POINTS }, geometry, program, part.hollow ? 5 : 1);
  }

  get places() {
    return Array.from({ length: this.part.at.length / 3 }, (_, i) => i);
  }
}

export class Lines extends Stroke {
  constructor(gl, part, uniforms) {
    const pairs = joined(part.kind, part.shape);
    const corners = pairs.flatMap(([a, b]) => [[a, b, 1], [a, b, -1], [b, a, -1], [b, a, 1]]);
    const place = (i) => part.at.subarray(3 * i, 3 * i + 3);
    const geometry = new Geometry(gl, {
      position: { size: 3, data: Float32Array.from(corners.flatMap(([a]) => [...place(a)])) },
      other: { size: 3, data: Float32Array.from(corners.flatMap(([, b]) => [...place(b)])) },
      side: { size: 1, data: Float32Array.from(corners.map(([, , side]) => side)) },
      colour: { size: 4, data: new Float32Array(4 * corners.length) },
      index: { data: Uint32Array.from(pairs.flatMap((_, i) => [0, 1, 2, 1, 3, 2].map((corner) => 4 * i + corner))) },
    });
    const own = { ...uniforms, width: { value: (part.width ?? 1) * uniforms.ratio.value } };
    const grid = part.kind === "surface"; // seen through everything; other lines hide what lies behind them
    const program = new Program(gl, { ...line, uniforms: own, transparent: true, cullFace: false, depthWrite: !grid });
    super(gl, { ...part, corners }, geometry, program, grid ? 4 : 2);
  }

  get places() {
    return this.part.corners.map(([a]) => a);
  }

  opacity(place) {
    return this.part.kind === "surface" ? FAINT * Math.min(1, 3 * this.part.opacity[place]) : this.part.opacity[place];
  }
}

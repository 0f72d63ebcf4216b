// All surfaces of a scene as one mesh whose triangles are drawn from far to near, so that veils lie over one another.

import { Geometry, Mesh, Program } from "ogl";
import { sheet } from "./shaders.js";

const LEAST = 0.004; // of opacity: a triangle that is fainter everywhere is left out

/** A part `{at, shape, opacity}` of kind surface -> its triangles, as numbers of its places. */
function triangles({ shape: [rows, columns], opacity }) {
  const found = [];
  for (let i = 0; i + 1 < rows; i++) {
    for (let j = 0; j + 1 < columns; j++) {
      const [a, b, c, d] = [i * columns + j, i * columns + j + 1, (i + 1) * columns + j, (i + 1) * columns + j + 1];
      if (Math.max(opacity[a], opacity[b], opacity[c], opacity[d]) > LEAST) found.push(a, b, d, a, d, c);
    }
  }
  return found;
}

/** Unit normals at the places of a sheet, by differences along its lines. */
function normals({ at, shape: [rows, columns] }) {
  const made = new Float32Array(at.length);
  const step = (i, j, di, dj, axis) => {
    const near = Math.max(0, i - di) * columns + Math.max(0, j - dj);
    const far = Math.min(rows - 1, i + di) * columns + Math.min(columns - 1, j + dj);
    return at[3 * far + axis] - at[3 * near + axis];
  };
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [u, v] = [[1, 0], [0, 1]].map(([di, dj]) => [0, 1, 2].map((axis) => step(i, j, di, dj, axis)));
      const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
      const length = Math.hypot(...n) || 1;
      made.set(n.map((x) => x / length), 3 * (i * columns + j));
    }
  }
  return made;
}

export class Sheets {
  /** `parts` are `{layer, at, shape, opacity}`; `layer` has `on` and `rgb`. */
  constructor(gl, parts, uniforms) {
    this.parts = parts.map((part) => ({ ...part, triangles: triangles(part) }));
    const count = this.parts.reduce((sum, part) => sum + part.at.length / 3, 0);
    const room = this.parts.reduce((sum, part) => sum + part.triangles.length, 0);
    this.position = new Float32Array(3 * count);
    this.colour = new Float32Array(4 * count);
    this.index = new Uint32Array(room);
    this.depth = new Float32Array(count);
    const normal = new Float32Array(3 * count);
    let first = 0;
    for (const part of this.parts) {
      part.first = first;
      this.position.set(part.at, 3 * first);
      normal.set(normals(part), 3 * first);
      first += part.at.length / 3;
    }
    this.geometry = new Geometry(gl, {
      position: { size: 3, data: this.position },
      normal: { size: 3, data: normal },
      colour: { size: 4, data: this.colour },
      index: { data: this.index },
    });
    const program = new Program(gl, { ...sheet, uniforms, transparent: true, depthWrite: false, cullFace: false });
    this.mesh = new Mesh(gl, { geometry: this.geometry, program, frustumCulled: false });
    this.mesh.renderOrder = 3;
    this.paint();
  }

  /** Colours anew, after the theme has changed. */
  paint() {
    for (const { layer, first, opacity } of this.parts) {
      for (let i = 0; i < opacity.length; i++) this.colour.set([...layer.rgb, opacity[i]], 4 * (first + i));
    }
    this.geometry.attributes.colour.needsUpdate = true;
  }

  /** The triangles of the layers that are on, the farthest first; `towards` the eye. */
  sort(towards) {
    const { position, depth } = this;
    for (let i = 0; i < depth.length; i++) {
      depth[i] = position[3 * i] * towards[0] + position[3 * i + 1] * towards[1] + position[3 * i + 2] * towards[2];
    }
    const shown = [];
    for (const { layer, first, triangles } of this.parts) {
      if (!layer.on) continue;
      for (let t = 0; t < triangles.length; t += 3) {
        const [a, b, c] = [first + triangles[t], first + triangles[t + 1], first + triangles[t + 2]];
        shown.push([depth[a] + depth[b] + depth[c], a, b, c]);
      }
    }
    shown.sort((one, two) => one[0] - two[0]);
    shown.forEach(([, a, b, c], i) => this.index.set([a, b, c], 3 * i));
    this.send();
    this.geometry.setDrawRange(0, 3 * shown.length);
    this.mesh.visible = shown.length > 0;
  }

  /** OGL sends a changed index of its own accord only at first; no other mesh may be bound meanwhile. */
  send() {
    const { renderer } = this.geometry.gl;
    renderer.bindVertexArray(null);
    renderer.currentGeometry = null;
    renderer.state.boundBuffer = null;
    this.geometry.updateAttribute(this.geometry.attributes.index);
  }
}

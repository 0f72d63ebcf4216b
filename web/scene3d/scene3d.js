// window.aeevalScene.mount(element, scene): the interactive picture of aeeval/report/scene.py.
//
// What `element` holds before is the still picture: it is shown where there is no WebGL, and where there is no script.

import { Renderer, Transform } from "ogl";
import { Camera } from "./camera.js";
import { numbers, points } from "./decode.js";
import { boxes, buttons, dress, make, stage } from "./panel.js";
import { picked, projected, said } from "./pick.js";
import { Sheets } from "./sheets.js";
import { Lines, Points } from "./strokes.js";

const FORMAT = 1;
const TURN = 10; // degrees a press of a key
const DRAG = 0.4; // degrees a pixel
const GROW = 1.2;
const LAMP = [0.35, 0.45, 0.82]; // to the right, up, and towards the eye
const STILL = "This browser shows no WebGL, so this is the still picture: it cannot be turned.";

function light(element) {
  const channels = getComputedStyle(element).color.match(/[\d.]+/g) ?? [0, 0, 0];
  return 0.3 * channels[0] + 0.59 * channels[1] + 0.11 * channels[2] < 128; // dark ink is on a light ground
}

const rgb = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255);

class View {
  constructor(element, scene) {
    Object.assign(this, { element, scene, still: [...element.childNodes], listeners: [] });
    this.layers = scene.layers.map((layer) => ({ ...layer }));
    this.camera = new Camera(scene);
    this.stage = stage(scene);
    const { canvas } = this.stage;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.renderer = new Renderer({ canvas, dpr: ratio, alpha: true, antialias: true, premultipliedAlpha: true });
    Object.assign(canvas.style, { width: "", height: "" }); // the style sheet says how large it is
    this.build(ratio);
    this.lay();
    this.listen();
    this.repaint();
  }

  /** The meshes of all layers. */
  build(ratio) {
    const { gl } = this.renderer;
    gl.clearColor(0, 0, 0, 0);
    this.uniforms = { view: { value: [] }, lamp: { value: [0, 0, 1] }, size: { value: [1, 1] }, ratio: { value: ratio } };
    this.colours();
    this.parts = this.layers.flatMap((layer) => layer.parts.map((part) => unpack(part, layer)));
    const of = (kind) => this.parts.filter((part) => part.kind === kind);
    this.sheets = new Sheets(gl, of("surface"), this.uniforms);
    this.mark = { kind: "points", at: new Float32Array(3), opacity: [1], size: 15, hollow: 0.72 };
    this.mark.layer = { on: false, rgb: [0.5, 0.5, 0.5] };
    this.strokes = [
      ...[...of("points"), this.mark].map((part) => new Points(gl, part, this.uniforms)),
      ...[...of("curve"), ...of("segments"), ...of("surface").filter((part) => part.grid)].map(
        (part) => new Lines(gl, part, this.uniforms),
      ),
    ];
    this.root = new Transform();
    for (const one of [this.sheets, ...this.strokes]) one.mesh.setParent(this.root);
  }

  /** The still picture gives way to canvas, buttons and boxes. */
  lay() {
    dress();
    const { canvas, bubble, live, notes, words } = this.stage;
    const turn = (azimuth, elevation) => () => this.moved(() => this.camera.turn(azimuth, elevation));
    const controls = buttons([
      ["←", "turn left", turn(-TURN, 0)],
      ["→", "turn right", turn(TURN, 0)],
      ["↑", "turn up", turn(0, -TURN)],
      ["↓", "turn down", turn(0, TURN)],
      ["+", "zoom in", () => this.moved(() => this.camera.magnify(GROW))],
      ["−", "zoom out", () => this.moved(() => this.camera.magnify(1 / GROW))],
      ["⟲", "reset the view", () => this.moved(() => this.camera.reset())],
    ]);
    this.boxes = boxes(this.layers, () => this.draw());
    const inside = make("div", { class: "aeeval-scene-stage" }, [canvas, controls, bubble]);
    this.panel = make("div", { class: "aeeval-scene" }, [inside, live, ...notes, this.boxes, words]);
    this.element.replaceChildren(this.panel);
  }

  listen() {
    const { canvas } = this.stage;
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this.listeners.push(() => target.removeEventListener(name, act, options));
    };
    on(canvas, "pointerdown", (event) => this.grab(event));
    on(canvas, "pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) on(canvas, name, () => (this.held = null));
    on(canvas, "pointerleave", () => this.tell(null));
    on(canvas, "keydown", (event) => this.key(event));
    on(canvas, "wheel", (event) => this.wheel(event), { passive: false });
    on(canvas, "webglcontextlost", () => this.dispose(STILL));
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.repaint());
    const themes = new MutationObserver(() => this.repaint());
    for (const node of [document.documentElement, document.body]) {
      themes.observe(node, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    }
    const sizes = new ResizeObserver(() => this.draw());
    sizes.observe(canvas);
    this.listeners.push(() => themes.disconnect(), () => sizes.disconnect());
  }

  colours() {
    const theme = light(this.element) ? 0 : 1;
    for (const layer of this.layers) layer.rgb = rgb(layer.colour[theme]);
    return theme;
  }

  repaint() {
    const theme = this.colours();
    this.mark.layer.rgb = theme ? [1, 1, 1] : [0, 0, 0];
    for (const layer of this.layers) layer.swatch.style.background = layer.colour[theme];
    for (const one of [this.sheets, ...this.strokes]) one.paint();
    this.draw();
  }

  /** Draw at the next frame, however often it is asked for. */
  draw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (!this.gone) this.drawNow();
    });
  }

  drawNow() {
    const { renderer, camera, uniforms } = this;
    const { clientWidth: width, clientHeight: height } = this.stage.canvas;
    if (!width || !height) return;
    if (renderer.width !== width || renderer.height !== height) {
      renderer.setSize(width, height);
      Object.assign(this.stage.canvas.style, { width: "", height: "" }); // the style sheet says how large it is
    }
    camera.aspect = width / height;
    const axes = camera.axes();
    uniforms.view.value = camera.matrix();
    uniforms.size.value = [width * renderer.dpr, height * renderer.dpr];
    uniforms.lamp.value = [0, 1, 2].map((i) => LAMP.reduce((sum, x, axis) => sum + x * axes[axis][i], 0));
    this.sheets.sort(axes[2]);
    for (const stroke of this.strokes) stroke.show();
    renderer.render({ scene: this.root, frustumCull: false });
  }

  moved(act) {
    act();
    this.tell(null);
    this.draw();
  }

  grab(event) {
    this.held = { x: event.clientX, y: event.clientY };
    this.stage.canvas.setPointerCapture(event.pointerId);
    this.stage.canvas.focus({ preventScroll: true });
  }

  drag(event) {
    if (!this.held) return this.tell(picked(this.parts, this.pointer(event), this.camera.matrix(), this.size));
    const [dx, dy] = [event.clientX - this.held.x, event.clientY - this.held.y];
    this.held = { x: event.clientX, y: event.clientY };
    return this.moved(() => this.camera.turn(DRAG * dx, DRAG * dy));
  }

  pointer(event) {
    const place = this.stage.canvas.getBoundingClientRect();
    return [event.clientX - place.left, event.clientY - place.top];
  }

  get size() {
    return [this.stage.canvas.clientWidth, this.stage.canvas.clientHeight];
  }

  /** The wheel belongs to the page until the picture was clicked on. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.stage.canvas) return;
    event.preventDefault();
    this.moved(() => this.camera.magnify(Math.exp(-0.0015 * event.deltaY)));
  }

  key(event) {
    const acts = {
      ArrowLeft: () => this.camera.turn(-TURN, 0),
      ArrowRight: () => this.camera.turn(TURN, 0),
      ArrowUp: () => this.camera.turn(0, -TURN),
      ArrowDown: () => this.camera.turn(0, TURN),
      "+": () => this.camera.magnify(GROW),
      "=": () => this.camera.magnify(GROW),
      "-": () => this.camera.magnify(1 / GROW),
      0: () => this.camera.reset(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (acts[event.key]) this.moved(acts[event.key]);
    else if (event.key === "n" || event.key === "p") this.step(event.key === "n" ? 1 : -1);
    else if (event.key === "Escape") this.tell(null);
    else return;
    event.preventDefault();
  }

  /** From point to point of the layers that are on, as hovering would, for those who have no pointer. */
  step(by) {
    const all = this.parts
      .filter((part) => part.layer.on && part.kind === "points" && part.error)
      .flatMap((part) => Array.from({ length: part.at.length / 3 }, (_, i) => ({ part, i })));
    if (!all.length) return;
    this.at = (((this.at ?? (by > 0 ? -1 : 0)) + by) % all.length + all.length) % all.length;
    this.tell(all[this.at]);
    this.stage.live.textContent = said(all[this.at]).join("; ");
  }

  /** Show, or hide, the bubble of a place. */
  tell(found) {
    const { bubble, live } = this.stage;
    if (!found) live.textContent = "";
    const before = this.mark.layer.on;
    bubble.hidden = !found;
    this.mark.layer.on = Boolean(found);
    if (found) {
      const [x, y] = projected(found.part.at, found.i, this.camera.matrix(), this.size);
      this.mark.at.set(found.part.at.subarray(3 * found.i, 3 * found.i + 3));
      this.ring.geometry.attributes.position.needsUpdate = true;
      bubble.textContent = said(found).join("\n");
      bubble.style.left = `${Math.max(0, Math.min(x + 14, this.size[0] - bubble.offsetWidth - 4))}px`;
      bubble.style.top = `${Math.max(0, Math.min(y + 14, this.size[1] - bubble.offsetHeight - 4))}px`;
    }
    if (found || before) this.draw();
  }

  get ring() {
    return this.strokes.find((stroke) => stroke.part.hollow);
  }

  /** What is seen, and where in the picture a point of a layer is: for tests and for other scripts. */
  state() {
    const { azimuth, elevation, zoom } = this.camera;
    return { azimuth, elevation, zoom, layers: this.layers.filter((layer) => layer.on).map((layer) => layer.id) };
  }

  place(id, i) {
    const part = this.parts.find((one) => one.layer.id === id);
    return projected(part.at, i, this.camera.matrix(), this.size).slice(0, 2);
  }

  /** The still picture again, with a sentence where there is a reason. */
  dispose(reason = "") {
    this.gone = true;
    for (const stop of this.listeners) stop();
    this.renderer.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.replaceChildren(...this.still, ...(reason ? [stillNote(reason)] : []));
  }
}

function unpack(part, layer) {
  const at = points(part.at);
  const numbered = Object.fromEntries(
    ["opacity", "error", "distance", "held"].map((name) => [name, numbers(part[name], at.length / 3)]),
  );
  return { ...part, ...numbered, at, shape: part.at.shape, layer };
}

function stillNote(reason) {
  return make("p", { class: "aeeval-scene-still" }, [reason]);
}

let drawable; // asked once a page: browsers keep few contexts

function drawn() {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(gl);
}

/** Show a scene in an element; -> its handle, or null where it stays the still picture. */
export function mount(element, scene) {
  if (scene.format !== FORMAT) throw new Error(`a scene of format ${FORMAT} expected, got ${scene.format}: make the page again`);
  if (!(drawable ??= drawn())) {
    element.append(stillNote(STILL));
    return null;
  }
  return new View(element, scene);
}

window.aeevalScene = { mount };

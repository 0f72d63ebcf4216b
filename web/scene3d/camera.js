// A turntable: azimuth and elevation in degrees, and a zoom; parallel rays, so that equal lengths look equal.

const RADIANS = Math.PI / 180;
const ZOOM = [0.3, 12];
const FILL = 0.94; // of the smaller side
const DEPTH = 0.2; // of the depth buffer a radius: what lies three away is kept

export class Camera {
  constructor(scene) {
    this.centre = scene.centre;
    this.start = { azimuth: scene.eye[0], elevation: scene.eye[1], zoom: 1 };
    this.radius = scene.radius;
    this.aspect = 1;
    this.reset();
  }

  reset() {
    Object.assign(this, this.start);
  }

  turn(azimuth, elevation) {
    this.azimuth = (((this.azimuth - azimuth + 180) % 360) + 360) % 360 - 180;
    this.elevation = Math.min(90, Math.max(-90, this.elevation + elevation));
  }

  magnify(factor) {
    this.zoom = Math.min(ZOOM[1], Math.max(ZOOM[0], this.zoom * factor));
  }

  /** Rows: to the right, up, and towards the eye. */
  axes() {
    const [a, e] = [this.azimuth * RADIANS, this.elevation * RADIANS];
    return [
      [-Math.sin(a), Math.cos(a), 0],
      [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)],
      [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)],
    ];
  }

  /** 4 × 4, column by column, as shaders take it. */
  matrix() {
    const [right, up, towards] = this.axes();
    const scale = (FILL * this.zoom * Math.min(1, this.aspect)) / this.radius;
    const scales = [scale / this.aspect, scale, -DEPTH / this.radius];
    const rows = [right, up, towards].map((axis, i) => axis.map((x) => x * scales[i]));
    const shift = rows.map((row) => -row.reduce((sum, x, j) => sum + x * this.centre[j], 0));
    return [0, 1, 2].flatMap((j) => [...rows.map((row) => row[j]), 0]).concat([...shift, 1]);
  }
}

// Colours come premultiplied by their opacity.

/** Sheets, lit on both sides from beside the eye. */
export const sheet = {
  vertex: `
    attribute vec3 position, normal;
    attribute vec4 colour;
    uniform mat4 view;
    uniform vec3 lamp;
    varying vec4 shade;
    void main() {
      gl_Position = view * vec4(position, 1.0);
      gl_Position.z += 0.0008;  // behind the points that lie on it
      float light = 0.62 + 0.38 * abs(dot(normal, lamp));
      shade = vec4(colour.rgb * light * colour.a, colour.a);
    }`,
  fragment: `
    precision mediump float;
    varying vec4 shade;
    void main() { gl_FragColor = shade; }`,
};

/** Lines of a width in pixels: each end comes twice, once for each side. */
export const line = {
  vertex: `
    attribute vec3 position, other;
    attribute float side;
    attribute vec4 colour;
    uniform mat4 view;
    uniform vec2 size;
    uniform float width;
    varying vec4 shade;
    void main() {
      vec4 here = view * vec4(position, 1.0);
      vec4 there = view * vec4(other, 1.0);
      vec2 along = (there.xy - here.xy) * size;
      float length = max(length(along), 1e-6);
      vec2 across = vec2(-along.y, along.x) / length;
      gl_Position = here;
      gl_Position.xy += side * width * across / size;
      shade = vec4(colour.rgb * colour.a, colour.a);
    }`,
  fragment: `
    precision mediump float;
    varying vec4 shade;
    void main() {
      if (shade.a < 0.02) discard;
      gl_FragColor = shade;
    }`,
};

/** Round points with a rim. */
export const point = {
  vertex: `
    attribute vec3 position;
    attribute vec4 colour;
    uniform mat4 view;
    uniform float pixels, hollow;
    varying vec4 shade;
    varying float open;
    void main() {
      gl_Position = view * vec4(position, 1.0);
      gl_Position.z -= 0.0008;
      gl_PointSize = pixels;
      shade = colour;
      open = hollow;
    }`,
  fragment: `
    precision mediump float;
    varying vec4 shade;
    varying float open;
    void main() {
      float r = 2.0 * length(gl_PointCoord - 0.5);
      if (r > 1.0 || r < open) discard;
      float edge = 1.0 - smoothstep(0.75, 1.0, r);
      gl_FragColor = vec4(shade.rgb * shade.a * edge, shade.a * edge);
    }`,
};

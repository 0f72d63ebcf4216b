// Bundles into aeeval/report/assets what its pages load by a plain <script>: no modules, no fetch, no network.

import { createHash } from "node:crypto";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { build } from "esbuild";

const OUT = "../aeeval/report/assets";

const BUNDLES = {
  board: { of: "with Preact 11.2.0 (https://preactjs.com), MIT", licence: "licenses/preact.txt" },
  scenes: { of: "no library in it" },
  theme: { of: "no library in it" },
  scene3d: { of: "with OGL 1.0.11 (https://github.com/oframe/ogl), Unlicense", licence: "licenses/ogl.txt" },
};

/** What a bundle is made of, as one number: tests tell by it whether the built file belongs to its sources. */
async function digest(folder) {
  const sources = (await readdir(folder)).sort().map((file) => `${folder}/${file}`);
  const hash = createHash("sha256");
  for (const file of [...sources, "build.mjs", "package-lock.json"]) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

for (const [name, { of, licence }] of Object.entries(BUNDLES)) {
  await build({
    entryPoints: [`${name}/${name}.js`],
    outfile: `${OUT}/${name}.js`,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    loader: { ".css": "text" },
    banner: { js: `/* aeeval, MIT; ${of}. Made by scripts/assets of sources ${await digest(name)}. */` },
  });
  if (licence) await copyFile(licence, `${OUT}/${name}.LICENSE.txt`);
}

// Builds the dashboard's front end into app/ui/static (ignored by git): `npm run build`.
//
// Every file gets its content's hash in its name, so it may be cached for ever; manifest.json says which is which.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const out = join(here, "../static");

const TARGET = ["es2022", "chrome123", "firefox121", "safari17.5"];

const hashed = (name, extension, content) => {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  return `${name}-${hash}.${extension}`;
};

/** One SVG with a <symbol> for each icon named in icons.txt; Lucide, ISC licence. */
async function sprite() {
  const listed = (await readFile(join(here, "icons.txt"), "utf8")).split("\n");
  const names = listed.map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const symbols = [];
  for (const name of names) {
    const source = await readFile(join(root, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
    const drawing = source.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`);
  }
  const licence = "<!-- Lucide, ISC licence, https://lucide.dev/license -->";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${licence}${symbols.join("")}</svg>`;
  const file = hashed("icons", "svg", svg);
  await writeFile(join(out, file), svg);
  return { file, names };
}

/** What a call by voice needs: two worklets, and the two ways of carrying sound, loaded when Talk is pressed. */
async function voice() {
  const files = {};
  const parts = { capture: "iife", playback: "iife", socket: "esm", room: "esm" };
  for (const [part, format] of Object.entries(parts)) {
    const result = await build({
      entryPoints: [join(here, `js/voice/${part}.js`)],
      bundle: true,
      minify: true,
      write: false,
      format,
      target: TARGET,
      charset: "utf8",
      legalComments: "none",
      logLevel: "warning",
    });
    const code = result.outputFiles[0].contents;
    files[`${part}.js`] = hashed(part, "js", code);
    await writeFile(join(out, files[`${part}.js`]), code);
  }
  return files;
}

async function bundle() {
  const result = await build({
    entryPoints: [
      { in: join(here, "app.js"), out: "app" },
      { in: join(here, "app.css"), out: "style" },
    ],
    absWorkingDir: root,
    outdir: out,
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    loader: { ".woff2": "file" },
    assetNames: "[name]-[hash]",
    entryNames: "[name]-[hash]",
    logLevel: "warning",
    logOverride: { "direct-eval": "silent" }, // htmx's own, switched off by allowEval
  });
  const files = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const file = path.split("/").pop();
    if (output.entryPoint?.endsWith("app.js")) files["app.js"] = file;
    if (output.entryPoint?.endsWith("app.css")) files["app.css"] = file;
    const font = /^inter-(latin|cyrillic)-/.exec(file);
    if (font) files[`inter-${font[1]}.woff2`] = file;
  }
  return files;
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const [files, sounds, icons] = await Promise.all([bundle(), voice(), sprite()]);
Object.assign(files, sounds);
const mark = await readFile(join(here, "favicon.svg"));
files["favicon.svg"] = hashed("favicon", "svg", mark);
await writeFile(join(out, files["favicon.svg"]), mark);
files["icons.svg"] = icons.file;
await writeFile(join(out, "manifest.json"), `${JSON.stringify({ files, icons: icons.names }, null, 2)}\n`);

// Makes dist/ of src/: types of the OpenAPI document, one small module, its declarations. Needs no network.

import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import esbuild from "esbuild";
import openapiTS, { astToString } from "openapi-typescript";
import typescript from "typescript";

const here = fileURLToPath(new URL(".", import.meta.url));
const repository = join(here, "../..");
const openapi = "../../assets/openapi.json";
const generated = join(here, "src/openapi.d.ts");

/** Writes a file whole or not at all: several builds may run at a time. */
async function replace(path, text) {
  if ((await readFile(path, "utf8").catch(() => null)) === text) return;
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, text);
  await rename(partial, path);
}

/**
 * Without what says no more than which members go together: as types those would be `unknown`, and a union with
 * that is `unknown` as a whole.
 */
function withoutConstraints(schema) {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  return schema.properties === undefined ? schema : rest;
}

/** Makes src/openapi.d.ts, without which nothing that imports the client compiles. */
export async function generateTypes() {
  const document = JSON.parse(await readFile(join(here, openapi), "utf8"));
  const { schemas } = document.components;
  for (const name of Object.keys(schemas)) schemas[name] = withoutConstraints(schemas[name]);
  const types = astToString(await openapiTS(document));
  await replace(generated, `// Made of assets/openapi.json by openapi-typescript.\n\n${types}`);
}

function emitDeclarations(outdir) {
  const { config } = typescript.readConfigFile(
    join(here, "tsconfig.json"),
    typescript.sys.readFile,
  );
  const { options, fileNames, errors } = typescript.parseJsonConfigFileContent(
    config,
    typescript.sys,
    here,
  );
  const program = typescript.createProgram(fileNames, { ...options, outDir: outdir });
  const { diagnostics } = program.emit();
  const all = [...errors, ...typescript.getPreEmitDiagnostics(program), ...diagnostics];
  if (all.length === 0) return;
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => here,
    getNewLine: () => "\n",
  };
  throw new Error(typescript.formatDiagnostics(all, host));
}

/** Builds into a folder. */
export async function build(outdir = join(here, "dist")) {
  await generateTypes();
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  emitDeclarations(outdir);
  await copyFile(generated, join(outdir, "openapi.d.ts"));
  for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    await copyFile(join(repository, license), join(outdir, license));
  }
  // The last: by its date it is known whether anything is newer than the build.
  await esbuild.build({
    entryPoints: [join(here, "src/index.ts")],
    outfile: join(outdir, "index.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: true,
  });
}

/** Whether dist/ was built after everything that it is made of had changed for the last time. */
async function isCurrent() {
  const dateOf = async (path) => (await stat(path)).mtimeMs;
  const built = await dateOf(join(here, "dist/index.js")).catch(() => 0);
  const sources = (await readdir(join(here, "src"))).map((name) => join("src", name));
  const inputs = ["build.mjs", "tsconfig.json", openapi, ...sources];
  const dates = await Promise.all(inputs.map((name) => dateOf(join(here, name))));
  return Math.max(...dates) < built;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href && !(await isCurrent())) await build();

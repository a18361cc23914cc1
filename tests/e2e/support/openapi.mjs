// Checks every answer of the Worker against the OpenAPI document that the same Worker serves.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const file = new URL("../../../assets/openapi.json", import.meta.url);

/** The document. */
export const openapi = JSON.parse(readFileSync(file, "utf8"));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(openapi, "openapi.json");

const resolve = (value) =>
  value?.$ref === undefined
    ? value
    : value.$ref
        .slice(2)
        .split("/")
        .reduce((node, name) => node[name], openapi);

/** A validator of a schema of the document, by its JSON pointer. */
export function schema(pointer) {
  return ajv.getSchema(`openapi.json#${pointer}`);
}

/** The operation of a request, and its path's template; undefined where the document has none. */
function operationOf(method, target) {
  const path = target.split("?")[0];
  for (const [template, operations] of Object.entries(openapi.paths)) {
    const pattern = template
      .split(/\{(\w+)\}/)
      .map((part, index) => {
        if (index % 2 === 0) return part.replaceAll(".", "\\.");
        // An object's key has slashes.
        return part === "key" ? ".*" : "[^/]+";
      })
      .join("");
    if (new RegExp(`^${pattern}$`).test(path)) {
      return { template, operation: operations[method.toLowerCase()] };
    }
  }
  return undefined;
}

/** Fails where an answer isn't one that the document describes. */
export async function checkAnswer(method, target, response, text) {
  if (method === "OPTIONS") return;
  const label = `${method} ${target.slice(0, 100)} -> ${response.status}`;
  const found = operationOf(method, target);
  if (found === undefined || found.operation === undefined) {
    const expected = found === undefined ? 404 : 405;
    assert.equal(response.status, expected, `${label}: not in the document`);
    const isPage = response.headers.get("content-type").startsWith("text/html");
    if (method !== "HEAD" && !isPage) checkJson("/components/schemas/Problem", text, label);
    return;
  }
  const described = resolve(found.operation.responses[response.status]);
  assert.ok(described, `${label}: the document does not list this status\n${text}`);
  if (method === "HEAD" || described.content === undefined) {
    return assert.equal(text, "", `${label}: a body`);
  }
  const type = response.headers.get("content-type");
  const content = described.content[type];
  assert.ok(content, `${label}: the document does not list ${type}`);
  const reference = content.schema.$ref;
  if (reference !== undefined) checkJson(reference.slice(1), text, label);
}

function checkJson(pointer, text, label) {
  const validate = schema(pointer);
  assert.ok(validate(JSON.parse(text)), `${label}: ${ajv.errorsText(validate.errors)}\n${text}`);
}

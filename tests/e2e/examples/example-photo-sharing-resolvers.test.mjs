// The files of the photo sharing example that are pasted into AWS AppSync use only what APPSYNC_JS supports.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { ResolverError, readHandlers } from "../../../examples/photo-sharing/appsync.mjs";
import { appsync, resolvers } from "../support/photo-sharing.mjs";

const { SyntaxKind } = ts;

/** What the runtime refuses: https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html */
const REFUSED = [
  SyntaxKind.AsyncKeyword,
  SyntaxKind.AwaitExpression,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.ClassExpression,
  SyntaxKind.ContinueStatement,
  SyntaxKind.DoStatement,
  SyntaxKind.ForStatement,
  SyntaxKind.LabeledStatement,
  SyntaxKind.NewExpression,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.ThisKeyword,
  SyntaxKind.ThrowStatement,
  SyntaxKind.TryStatement,
  SyntaxKind.WhileStatement,
  SyntaxKind.YieldExpression,
];
const REFUSED_OPERATORS = [
  SyntaxKind.InKeyword,
  SyntaxKind.InstanceOfKeyword,
  SyntaxKind.MinusMinusToken,
  SyntaxKind.PlusPlusToken,
  SyntaxKind.TildeToken,
];

/** What AppSync would refuse of a file. */
function faultsOf(text) {
  const file = ts.createSourceFile("resolver.js", text, ts.ScriptTarget.Latest, true);
  const faults = [];
  const visit = (node) => {
    const operator = node.operator ?? node.operatorToken?.kind;
    const isRefused = REFUSED.includes(node.kind) || REFUSED_OPERATORS.includes(operator);
    if (isRefused) faults.push(`${SyntaxKind[node.kind]}: ${node.getText()}`);
    if (node.asteriskToken) faults.push(`generator: ${node.getText()}`);
    const from = node.moduleSpecifier?.text;
    if (from !== undefined && from !== "@aws-appsync/utils") faults.push(`import of ${from}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  const exported = file.statements
    .filter((statement) => statement.modifiers?.[0].kind === SyntaxKind.ExportKeyword)
    .map((statement) => statement.name?.text);
  if (exported.join() !== "request,response") faults.push(`exports: ${exported}`);
  return faults;
}

describe("a resolver", () => {
  for (const name of resolvers) {
    test(`has nothing that AppSync refuses: ${name}`, async () => {
      assert.deepEqual(faultsOf(await readFile(new URL(name, appsync), "utf8")), []);
    });
  }

  for (const statement of [
    "await ctx;",
    "for (let i = 0; i < 1; i += 1) {}",
    "while (true) {}",
    "do {} while (true)",
    "for (const a of ctx) continue;",
    "try {} finally {}",
    "throw ctx;",
    "a: {}",
    "ctx.a++;",
    "--ctx.a;",
    "return ~ctx;",
    "return 'a' in ctx;",
    "return ctx instanceof Object;",
    "return /a/.test(ctx);",
    "return this;",
    "return new Date();",
    "class A {}",
  ]) {
    test(`may not have ${statement}`, () => {
      const text = `export function request(ctx) { ${statement} }\nexport function response() {}`;
      const faults = faultsOf(text);
      assert.notDeepEqual(faults, [], text);
    });
  }

  test("may be neither asynchronous nor a generator, and imports and exports nothing else", () => {
    const response = "export function response() {}";
    for (const text of [
      `export async function request() {}\n${response}`,
      `export function* request() {}\n${response}`,
      `import { readFile } from "node:fs";\nexport function request() {}\n${response}`,
      "export function request() {}",
    ]) {
      assert.notDeepEqual(faultsOf(text), [], text);
    }
    assert.deepEqual(faultsOf(`export function request() {}\n${response}`), []);
  });

  for (const name of ["fetch", "process", "Buffer", "setTimeout", "require", "URL"]) {
    test(`finds no ${name} in the harness either`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "resolver-"));
      try {
        const file = join(folder, "resolver.js");
        const text = `export function request() { return ${name}; }\nexport function response() {}`;
        await writeFile(file, text);
        const { request } = await readHandlers(pathToFileURL(file));
        assert.throws(request, { name: "ReferenceError" });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

/** What a handler gives back, as AppSync takes it. */
const plain = (value) => JSON.parse(JSON.stringify(value));

const items = [
  { id: "1", owner: "alice", title: "A", visibility: "PUBLIC", publicOf: "alice" },
  { id: "2", owner: "alice", title: "B", visibility: "PRIVATE" },
];
const prev = { result: { items, nextToken: "next" } };

describe("signPhotos.js", async () => {
  const complaints = [];
  const log = { error: (value) => complaints.push(value) };
  const { request, response } = await readHandlers(new URL("signPhotos.js", appsync), log);

  test("asks for all URLs at once, with the application's session", () => {
    const asked = plain(request({ prev, stash: {}, env: { SIGNER_SESSION: "es_secret" } }));
    assert.equal(asked.method, "POST");
    assert.equal(asked.resourcePath, "/v1/presign/batch");
    assert.deepEqual(asked.params.headers, {
      "Content-Type": "application/json",
      Authorization: "Bearer es_secret",
    });
    const { requests } = JSON.parse(asked.params.body);
    assert.deepEqual(
      requests,
      ["photos/alice/1", "photos/alice/2"].map((key) => ({
        operation: "GetObject",
        key,
        cacheable: true,
        expires_in: 300,
        response: { cache_control: "private, max-age=300" },
      })),
    );
  });

  test("takes a session out of the stash where there is one", () => {
    const stash = { signerSession: "es_other" };
    const asked = request({ prev, stash, env: { SIGNER_SESSION: "es_secret" } });
    assert.equal(asked.params.headers.Authorization, "Bearer es_other");
  });

  test("gives back photos as the schema has them", () => {
    const results = [{ url: "https://store.example.com/1" }, { code: "not_allowed", status: 403 }];
    const result = { statusCode: 200, body: JSON.stringify({ results }) };
    assert.deepEqual(plain(response({ prev, result })), {
      items: [
        { id: "1", owner: "alice", title: "A", visibility: "PUBLIC", url: results[0].url },
        { id: "2", owner: "alice", title: "B", visibility: "PRIVATE", url: null },
      ],
      nextToken: "next",
    });
  });

  test("tells the log, not the caller, why the signer refuses", () => {
    for (const context of [
      { result: { statusCode: 503, body: "<h1>not JSON</h1>" } },
      { result: { statusCode: 401, body: '{"code":"session_invalid"}' } },
      { error: { message: "no connection", type: "HttpDataSourceError" } },
    ]) {
      assert.throws(
        () => response({ prev, ...context }),
        new ResolverError("The photos can't be shown just now.", "SignerUnavailable"),
      );
      assert.deepEqual(complaints.pop(), context.error ?? context.result);
    }
  });
});

test("the data source is one that AppSync takes", async () => {
  const source = JSON.parse(await readFile(new URL("datasource.json", appsync), "utf8"));
  assert.equal(source.type, "HTTP");
  assert.match(source.name, /^[_A-Za-z][_0-9A-Za-z]*$/);
  const { origin } = new URL(source.httpConfig.endpoint);
  assert.equal(source.httpConfig.endpoint, origin, "an endpoint has no path");
  assert.match(origin, /^https:/);
});

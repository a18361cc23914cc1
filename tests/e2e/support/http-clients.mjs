// HTTP clients of others. Each takes requests one after the other, with a method, a URL and perhaps a body, and returns
// the answer's status and bytes. All resolve hosts below `localhost` to this machine.

import { execFile, spawn } from "node:child_process";
import dns from "node:dns";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { launchBrowser } from "./browser.mjs";

/** A client that isn't on this machine, where `cargo xtask test` needs every one of them. */
class Missing extends Error {
  constructor(what) {
    super(`${what} is needed, and isn't here`);
  }
}

async function oneByOne(requests, send) {
  const answers = [];
  for (const request of requests) {
    answers.push(await send(request).catch((error) => ({ status: String(error.cause ?? error) })));
  }
  return answers;
}

const lookup = (host, ...rest) =>
  dns.lookup(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);

async function nodeHttp(requests) {
  return oneByOne(requests, async ({ method, url, body }) => {
    const sent = httpRequest(url, { method, lookup }).end(body);
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode, bytes: Buffer.concat(await answer.toArray()) };
  });
}

async function nodeFetch(requests) {
  const original = dns.lookup;
  // Its built-in connections have no option for this.
  dns.lookup = (host, ...rest) =>
    original(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);
  try {
    return await oneByOne(requests, async ({ method, url, body }) => {
      const answer = await fetch(url, { method, body });
      return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
    });
  } finally {
    dns.lookup = original;
  }
}

async function curl(requests) {
  const folder = await mkdtemp(join(tmpdir(), "curl-"));
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  const run = promisify(execFile);
  try {
    return await oneByOne(requests, async ({ method, url, body }) => {
      if (body !== undefined) await writeFile(from, body);
      await writeFile(to, "");
      // Not --upload-file, which may append the file's name to a path that ends in a slash.
      const upload = body === undefined ? [] : ["--request", method, "--data-binary", `@${from}`];
      const output = ["--silent", "--show-error", "--output", to, "--write-out", "%{http_code}"];
      const all = ["--noproxy", "*", ...output, ...upload, url];
      const { stdout } = await run("curl", all).catch((error) => {
        throw error.code === "ENOENT" ? new Missing("curl") : error;
      });
      return { status: Number(stdout), bytes: await readFile(to) };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const PYTHON = `
import base64, json, socket, sys
find = socket.getaddrinfo
def here(host, *rest, **named):
    return find("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)
socket.getaddrinfo = here
try:
    library = __import__(sys.argv[1])
except ImportError:
    sys.exit(77)
if sys.argv[1] == "requests":
    session = library.Session()
    session.trust_env = False
    def send(method, url, body):
        answer = session.request(method, url, data=body)
        return answer.status_code, answer.content
elif sys.argv[1] == "urllib3":
    pool = library.PoolManager()
    def send(method, url, body):
        answer = pool.request(method, url, body=body)
        return answer.status, answer.data
else:
    import urllib.error, urllib.request
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    def send(method, url, body):
        try:
            answer = opener.open(urllib.request.Request(url, method=method, data=body))
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.read()
for line in sys.stdin:
    asked = json.loads(line)
    body = base64.b64decode(asked["body"]) if "body" in asked else None
    try:
        status, bytes = send(asked["method"], asked["url"], body)
    except Exception as error:
        status, bytes = repr(error), b""
    print(json.dumps({"status": status, "bytes": base64.b64encode(bytes).decode()}), flush=True)
`;

/** Which Python; `cargo xtask test` finds one that has all of them. */
const interpreter = process.env.EDGE_SIGNER_PYTHON ?? "python3";

/** What a program answers to requests, of which it takes one a line; `what` is missing where it isn't there. */
async function ask(program, args, requests, what) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close").catch(({ code }) => [code]);
  child.stdin.on("error", () => {});
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  const output = child.stdout.toArray().catch(() => []);
  const [code] = await ended;
  if (code === "ENOENT" || code === 77) throw new Missing(what);
  const text = Buffer.concat(await output).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const python = (library) => async (requests) => {
  const written = requests.map(({ body, ...rest }) => ({
    ...rest,
    body: body?.toString("base64"),
  }));
  const answers = await ask(interpreter, ["-c", PYTHON, library], written, `Python's ${library}`);
  return answers.map(({ status, bytes }) => ({ status, bytes: Buffer.from(bytes, "base64") }));
};

/** The program of tests/http-client, which `cargo xtask test` has built. */
async function reqwest(requests) {
  const program = process.env.EDGE_SIGNER_REQWEST;
  if (program === undefined) throw new Missing("Rust's reqwest");
  const written = requests.map(({ body, ...rest }) => ({ ...rest, body: body && [...body] }));
  const answers = await ask(program, [], written, "Rust's reqwest");
  return answers.map(({ status, bytes }) => ({ status, bytes: Buffer.from(bytes) }));
}

async function chromium(requests) {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    return await oneByOne(requests, async ({ method, url, body }) => {
      const { status, base64 } = await page.evaluate(
        async ({ method, url, body }) => {
          const bytes = body && Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
          const answer = await fetch(url, { method, body: bytes });
          const read = new Uint8Array(await answer.arrayBuffer());
          return { status: answer.status, base64: btoa(String.fromCharCode(...read)) };
        },
        { method, url, body: body?.toString("base64") },
      );
      return { status, bytes: Buffer.from(base64, "base64") };
    });
  } finally {
    await browser.close();
  }
}

/** The release of Python's `requests`, where it is here. */
export async function releaseOfRequests() {
  const script = "import requests; print(requests.__version__)";
  const run = promisify(execFile)(interpreter, ["-c", script]);
  return run.then(({ stdout }) => stdout.trim()).catch(() => undefined);
}

/** All of them, by their names. */
export const clients = {
  curl,
  "Python requests": python("requests"),
  "Python urllib3": python("urllib3"),
  "Python urllib": python("urllib.request"),
  "Node fetch": nodeFetch,
  "Node http": nodeHttp,
  "Rust reqwest": reqwest,
  "Chromium fetch": chromium,
};

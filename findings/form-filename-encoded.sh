#!/usr/bin/env bash
# aiohttp and needle percent-encode the name of a form's file, and S3 stores it under that
#
# Expected: the name as UTF-8, with %22 for a quotation mark, as browsers send it (https://html.spec.whatwg.org, "multipart
#           form data"): a form whose key ends in ${filename} then stores "für 100%.png".
# Seen:     aiohttp and needle send f%C3%BCr%20100%25.png in filename, aiohttp beside a filename* that stores don't read.
#           At Ceph 18.2.7 and Garage 2.5.0 the object's key has the percent signs. requests, httpx, urllib3, axios and
#           superagent send it as it is; so do curl, PHP, LWP and Node's fetch.
# Versions: aiohttp 3.14.5, requests 2.34.2, httpx 0.28.1 (PyPI); needle 3.5.0, axios 1.21.1 (npm)   Date: 2026-11-29
# Source:   -
# To do:    aiohttp: FormData(quote_fields=False). needle: ask for a form with the whole key. The edge signs either
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund needle@3.5.0 axios@1.21.1 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check aiohttp==3.14.5 requests==2.34.2 httpx==0.28.1

cat > send.mjs <<'JS'
import axios from "axios";
import needle from "needle";
const [way, url, name] = process.argv.slice(2);
const bytes = Buffer.from("x");
if (way === "needle") {
  const file = { buffer: bytes, filename: name, content_type: "image/png" };
  await needle("post", url, { key: "up/${filename}", file }, { multipart: true });
} else {
  const form = new FormData();
  form.append("key", "up/${filename}");
  form.append("file", new Blob([bytes]), name);
  await (way === "axios" ? axios.post(url, form) : fetch(url, { method: "POST", body: form }));
}
JS
cat > run.py <<'PY'
import asyncio, re, subprocess, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import aiohttp, httpx, requests

got = []

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        got.append(re.search(rb'filename="([^"]*)"', body)[1].decode())
        self.send_response(204)
        self.end_headers()

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/photos"
fields = {"key": "up/${filename}"}

async def by_aiohttp(name, **options):
    form = aiohttp.FormData(**options)
    form.add_field("key", "up/${filename}")
    form.add_field("file", b"x", filename=name)
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        await answer.read()

def by_node(way, name):
    subprocess.run(["node", "--no-warnings", "send.mjs", way, url, name], check=True, timeout=30)

ways = {
    "requests": lambda name: requests.post(url, data=fields, files={"file": (name, b"x")}),
    "httpx": lambda name: httpx.post(url, data=fields, files={"file": (name, b"x")}),
    "fetch": lambda name: by_node("fetch", name),
    "axios": lambda name: by_node("axios", name),
    "needle": lambda name: by_node("needle", name),
    "aiohttp": lambda name: asyncio.run(by_aiohttp(name)),
    "aiohttp, quote_fields=False": lambda name: asyncio.run(by_aiohttp(name, quote_fields=False)),
}
for way, send in ways.items():
    for name in ("für 100%.png", "it's;1.png"):
        send(name)
        print(f"{way}: {name} -> {got.pop()}")
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
requests: für 100%.png -> für 100%.png
requests: it's;1.png -> it's;1.png
httpx: für 100%.png -> für 100%.png
httpx: it's;1.png -> it's;1.png
fetch: für 100%.png -> für 100%.png
fetch: it's;1.png -> it's;1.png
axios: für 100%.png -> für 100%.png
axios: it's;1.png -> it's;1.png
needle: für 100%.png -> f%C3%BCr%20100%25.png
needle: it's;1.png -> it's%3B1.png
aiohttp: für 100%.png -> f%C3%BCr%20100%25.png
aiohttp: it's;1.png -> it%27s%3B1.png
aiohttp, quote_fields=False: für 100%.png -> für 100%.png
aiohttp, quote_fields=False: it's;1.png -> it's;1.png
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

#!/usr/bin/env bash
# Browsers on one machine give one file different types, and some that nobody would list
#
# Expected: .mid is audio/midi, .heic image/heic, .mkv video/x-matroska, .bz2 application/x-bzip2, .tgz application/gzip,
#           .ts and .mts video/mp2t in each of them, or no type at all.
# Seen:     File.type is what the table below says: Firefox calls .mid audio/sp-midi and .mts model/vnd.mts, Chromium .heic
#           image/heif, and both a film that ends in .ts a translation of Qt's.
# Versions: Firefox ESR 153.8.0, Chromium 156 (Debian 12), shared-mime-info 2.2, media-types 10.0.0, playwright-core 1.64.1 (npm)
#                                                                                           Date: 2026-11-29
# Source:   https://w3c.github.io/FileAPI/#dfn-type (the user agent decides)
# To do:    Allow ranges such as audio/* in `types` of an inbox, or put the type right in the page before the URL is asked for.
# Needs:    firefox-esr and chromium-headless-shell on the PATH, or their paths in FIREFOX and CHROMIUM; Debian's shared-mime-info
#           and media-types
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
chromium=$(command -v "${CHROMIUM:-chromium-headless-shell}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund playwright-core@1.64.1 >/dev/null

cat > run.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import { chromium, firefox } from 'playwright-core';
const names = ['mid', 'heic', 'mkv', 'm4a', 'ogg', 'bz2', 'tgz', 'ts', 'mts', 'ndjson'].map((end) => `a.${end}`);
for (const name of names) writeFileSync(name, 'a');
const said = [];
for (const start of [
  () => firefox.launch({ channel: 'moz-firefox', executablePath: process.argv[2] }),
  () => chromium.launch({ executablePath: process.argv[3], args: ['--no-sandbox'] }),
]) {
  const browser = await start();
  const page = await browser.newPage();
  await page.setContent('<input type=file multiple>');
  await page.setInputFiles('input', names.map((name) => `${process.cwd()}/${name}`));
  said.push(new Map(await page.evaluate(() => [...document.querySelector('input').files].map((f) => [f.name, f.type || 'none']))));
  await browser.close();
}
for (const name of names) console.log(`${name}: Firefox ${said[0].get(name)}, Chromium ${said[1].get(name)}`);
JS
node --no-warnings run.mjs "$firefox" "$chromium" > seen.txt

cat > recorded.txt <<'END'
a.mid: Firefox audio/sp-midi, Chromium audio/midi
a.heic: Firefox image/heic, Chromium image/heif
a.mkv: Firefox video/x-matroska, Chromium video/matroska
a.m4a: Firefox audio/mp4, Chromium audio/x-m4a
a.ogg: Firefox application/ogg, Chromium audio/ogg
a.bz2: Firefox none, Chromium application/x-bzip
a.tgz: Firefox application/x-gtar-compressed, Chromium application/x-compressed-tar
a.ts: Firefox text/vnd.trolltech.linguist, Chromium text/vnd.trolltech.linguist
a.mts: Firefox model/vnd.mts, Chromium video/mp2t
a.ndjson: Firefox none, Chromium none
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

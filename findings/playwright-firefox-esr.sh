#!/usr/bin/env bash
# Playwright 1.65 opens no page in Firefox ESR 153 by BiDi, 1.64 does
#
# Expected: the channel moz-firefox drives the Firefox that is installed, the current ESR too, as it did before.
# Seen:     1.65.1 starts it, and then fails for every context: it sends emulation.setMediaFeaturesOverride, which this
#           Firefox doesn't know, whatever colorScheme and its like are set to. 1.64.1 doesn't send it and works.
# Versions: playwright-core 1.65.1, 1.64.1 (npm), Firefox ESR 153.8.0 (Debian 12)           Date: 2026-11-28
# Source:   https://w3c.github.io/webdriver-bidi/#module-emulation
# To do:    Stay at 1.64 until the ESR knows the command, for tests of pages in the Firefox that people have.
# Needs:    Firefox on the PATH as firefox-esr, or its path in FIREFOX
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund a@npm:playwright-core@1.65.1 b@npm:playwright-core@1.64.1 >/dev/null

cat > run.mjs <<'JS'
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const name of ['a', 'b']) {
  const { version } = require(`${name}/package.json`);
  const browser = await require(name).firefox.launch({ channel: 'moz-firefox', executablePath: process.argv[2] });
  let end;
  try {
    const page = await (await browser.newContext({ colorScheme: null })).newPage();
    await page.goto('data:text/html,<title>a page</title>');
    end = await page.title();
  } catch (error) { end = error.message.split('\n')[0]; }
  console.log(`playwright-core ${version}, Firefox ${browser.version()}: ${end}`);
  await browser.close();
}
JS
node --no-warnings run.mjs "$firefox" > seen.txt

cat > recorded.txt <<'END'
playwright-core 1.65.1, Firefox 153.8.0: browser.newContext: Protocol error (emulation.setMediaFeaturesOverride): unknown command
playwright-core 1.64.1, Firefox 153.8.0: a page
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

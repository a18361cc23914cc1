// Uppy itself, in a browser: the page of examples/uppy, by both of the ways that its plugin knows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../e2e/support/browser.mjs";
import { startExample } from "../e2e/support/example.mjs";
import { Folder, UppyPage } from "../e2e/support/uppy-page.mjs";
import { ready } from "../e2e/support/stack.mjs";
import { bound, missingOf, tell } from "./support/case.mjs";

const MB = 1024 * 1024;
/** The name as files have it, and both sizes of an upload. */
const NAME = "plus+plus  two blanks ü.bin";
const SIZES = { never: 1024, always: 6 * MB };

const PARTS = [bound("UploadPart")];
const NEEDS = {
  signRequest: {
    never: [bound("PutObject")],
    always: [...PARTS, bound("CreateMultipartUpload"), "presigned_post"],
  },
  companionEndpoint: { never: ["post_form"], always: PARTS },
};

let browser, example, folder;
before(async () => {
  const STORES = { [ready.store_name]: ready.table };
  browser = await launchBrowser();
  example = await startExample("uppy", { STORES }, ready.worker.secrets);
  folder = new Folder(example);
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

for (const [mode, sizes] of Object.entries(NEEDS)) {
  for (const [parts, needs] of Object.entries(sizes)) {
    const name = `Uppy in a browser, ${mode}: ${parts === "always" ? "in parts" : "in one piece"}`;
    test(name, async () => {
      const [missing] = missingOf(needs);
      // The browser's console shows a refusal as an error.
      const failures = missing === undefined ? [] : ["422", "Uppy", "uppy"];
      const options = { ignoreHTTPSErrors: true, failures };
      await UppyPage.open(browser, example.url, options, async (ui) => {
        await ui.choose(mode, parts);
        const bytes = await ui.add(NAME, SIZES[parts]);
        await ui.upload();
        if (missing === undefined) {
          await folder.holds(await ui.stored(), NAME, bytes);
          return tell(name);
        }
        const told = await ui.failed();
        assert.match(told, /isn't known to/, told);
        return tell(name, `422 \`${missing}\``);
      });
    });
  }
}

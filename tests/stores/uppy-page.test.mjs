// Uppy itself, in a browser: the page of examples/uppy, by both of the ways that its plugin knows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../e2e/support/browser.mjs";
import { startExample } from "../e2e/support/example.mjs";
import { texts } from "../e2e/support/s3.mjs";
import { follow, freshKey, presigned, ready } from "../e2e/support/stack.mjs";
import { Folder, UppyPage } from "../e2e/support/uppy-page.mjs";
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

/** Whether a page may read what the store answers to a presigned POST: Swift says nothing of origins there. */
async function pagesMayPost() {
  const key = freshKey();
  const answer = await presigned({ operation: "CreateMultipartUpload", key });
  const response = await follow(answer, { headers: { origin: "https://app.example.com" } });
  const [upload_id] = texts(await response.text(), "UploadId");
  await follow(await presigned({ operation: "AbortMultipartUpload", key, upload_id }));
  return response.headers.has("access-control-allow-origin");
}

for (const [mode, sizes] of Object.entries(NEEDS)) {
  for (const [parts, needs] of Object.entries(sizes)) {
    const name = `Uppy in a browser, ${mode}: ${parts === "always" ? "in parts" : "in one piece"}`;
    test(name, async () => {
      const [missing] = missingOf(needs);
      const posts = missing === undefined && needs.includes("presigned_post");
      const isHidden = posts && !(await pagesMayPost());
      // The browser's console shows what fails as an error.
      const fails = missing !== undefined || isHidden;
      const failures = fails ? ["422", "CORS", "Failed to load", "Uppy", "uppy"] : [];
      const options = { ignoreHTTPSErrors: true, failures };
      await UppyPage.open(browser, example.url, options, async (ui) => {
        await ui.choose(mode, parts);
        const bytes = await ui.add(NAME, SIZES[parts]);
        await ui.upload();
        if (isHidden) {
          assert.match(await ui.failed(), /Network error/);
          return tell(name, "the store answers POST without CORS headers");
        }
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

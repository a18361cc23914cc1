// The photo sharing example: who sees which photos, and which requests reach the store.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { start } from "../../../examples/photo-sharing/server.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { CountingProxy } from "../support/counting-proxy.mjs";
import { vars } from "../support/edge.mjs";
import { defaultAddress, startExample, startServerOf } from "../support/example.mjs";
import { tabTo, withExamplePage } from "../support/example-page.mjs";
import { look, LOOKS } from "../support/looks.mjs";
import { changedResolvers, readPhotos, userOf } from "../support/photo-sharing.mjs";
import { rawRequest } from "../support/raw-request.mjs";
import { isProblem } from "../support/refusal.mjs";
import { presign, ready, token } from "../support/stack.mjs";

const SECONDS_OF_A_WINDOW = 300;
const photos = await readPhotos();
const idsOf = (items) => items.map((item) => item.id).sort();
const photosOf = (owner, visibility) =>
  photos.filter(
    (photo) => photo.owner === owner && (photo.visibility === visibility || !visibility),
  );
const hiddenOfAlice = photosOf("alice", "PRIVATE");

let browser, store, edge, signer, application, visitor, alice, bob;
/** What the applications of these tests have written to their logs. */
const logged = [];
const log = { error: (...values) => logged.push(values) };

const startApplication = (options) =>
  start({ ready: { ...ready, edge: signer.url, store: store.url }, log, ...options });

before(async () => {
  store = await CountingProxy.start(ready.store);
  edge = await startExample("photo-sharing", {
    STORES: { [ready.store_name]: { ...vars.STORES[ready.store_name], endpoint: store.url } },
  });
  signer = await CountingProxy.start(edge.url);
  application = await startApplication();
  [visitor, alice, bob] = await Promise.all(
    [null, "alice", "bob"].map((user) => userOf(application.url, user)),
  );
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  for (const server of [application, signer, store]) server?.stop();
  await edge?.stop();
});

/** Waits, if need be, until the window in which URLs stay the same goes on for some time. */
async function duringWindow() {
  const left = () => SECONDS_OF_A_WINDOW - ((Date.now() / 1000) % SECONDS_OF_A_WINDOW);
  while (left() < 30) await new Promise((done) => setTimeout(done, 500));
}

describe("the API", () => {
  test("has the URLs of a page from one call to the signer", async () => {
    const { answer, requests } = await signer.counted(() => alice.list("alice"));
    assert.deepEqual(requests, ["POST /v1/presign/batch"]);
    assert.deepEqual(idsOf(answer.items), idsOf(photosOf("alice")));
    for (const { url } of answer.items) {
      const photo = await fetch(url);
      assert.equal(photo.status, 200);
      assert.equal(photo.headers.get("content-type"), "image/jpeg");
      assert.equal(photo.headers.get("cache-control"), "private, max-age=300");
    }
  });

  test("doesn't call the signer for a page without photos", async () => {
    const { answer, requests } = await signer.counted(() => alice.list("carol"));
    assert.deepEqual(answer, { items: [], count: 0, nextToken: null });
    assert.deepEqual(requests, []);
  });

  test("shows others neither private photos nor their number", async () => {
    assert.deepEqual((await alice.list("alice")).count, photosOf("alice").length);
    for (const user of [bob, visitor]) {
      const { data, text } = await user.ask("listPhotos", { owner: "alice" });
      const { items, count, nextToken } = data.listPhotos;
      assert.deepEqual(idsOf(items), idsOf(photosOf("alice", "PUBLIC")));
      assert.deepEqual([count, nextToken], [items.length, null]);
      for (const { id, title } of hiddenOfAlice) {
        assert.ok(!text.includes(id) && !text.includes(title), text);
      }
    }
  });

  test("has as many pages for others as it has public photos", async () => {
    for (const [user, expected] of [
      [alice, photosOf("alice")],
      [bob, photosOf("alice", "PUBLIC")],
      [visitor, photosOf("alice", "PUBLIC")],
    ]) {
      const found = [];
      let nextToken = null;
      do {
        const page = await user.list("alice", { limit: 1, nextToken });
        assert.deepEqual([page.items.length, page.count], [1, 1]);
        found.push(...page.items);
        nextToken = page.nextToken;
      } while (nextToken !== null);
      assert.deepEqual(idsOf(found), idsOf(expected));
    }
  });

  test("hides what its owner makes private, and shows what they make public", async () => {
    const [photo] = photosOf("alice", "PUBLIC");
    const seen = async (user) => idsOf((await user.list("alice")).items).includes(photo.id);
    for (const visibility of ["PRIVATE", "PUBLIC"]) {
      const { data } = await alice.ask("setVisibility", { id: photo.id, visibility });
      const { id, owner, title } = photo;
      assert.deepEqual(data.setVisibility, { id, owner, title, visibility });
      const isPublic = visibility === "PUBLIC";
      assert.deepEqual(await Promise.all([alice, bob, visitor].map(seen)), [
        true,
        isPublic,
        isPublic,
      ]);
    }
  });

  test("lets nobody change another's photo, and doesn't say whether it is there", async () => {
    const [{ id }] = hiddenOfAlice;
    const answers = [];
    for (const other of [id, crypto.randomUUID()]) {
      answers.push((await bob.ask("setVisibility", { id: other, visibility: "PUBLIC" })).text);
    }
    assert.match(answers[0], /"NoSuchPhoto"/);
    assert.equal(answers[0], answers[1]);
    const { data, errors } = await visitor.ask("setVisibility", { id, visibility: "PUBLIC" });
    assert.deepEqual([data.setVisibility, errors[0].errorType], [null, "Unauthorized"]);
    assert.deepEqual((await bob.list("alice")).count, photosOf("alice", "PUBLIC").length);
  });

  test("takes no variables but the schema's", async () => {
    const [{ id }] = hiddenOfAlice;
    for (const [field, variables, type] of [
      ["setVisibility", { id, visibility: "SECRET" }, "BadRequest"],
      ["listPhotos", {}, "BadRequest"],
      ["listPhotos", { owner: { S: "alice" } }, "BadRequest"],
      ["listPhotos", { owner: "alice", limit: 0 }, "BadLimit"],
      ["listPhotos", { owner: "alice", limit: 101 }, "BadLimit"],
      ["toString", {}, "BadRequest"],
    ]) {
      const { errors } = await alice.ask(field, variables);
      assert.equal(errors?.[0].errorType, type, `${field} ${JSON.stringify(variables)}`);
    }
  });

  test("gives everybody the same URL until its window ends", async () => {
    await duringWindow();
    const urls = async (user) => (await user.list("bob")).items.map((item) => item.url);
    const seenByBob = await urls(bob);
    const seenByAlice = await urls(alice);
    assert.equal(seenByAlice.length, photosOf("bob", "PUBLIC").length);
    assert.ok(seenByAlice.every((url) => seenByBob.includes(url)));
    assert.deepEqual(await urls(alice), seenByAlice);
    for (const url of seenByBob) {
      const { searchParams } = new URL(url);
      const [, minutes, seconds] = /T\d\d(\d\d)(\d\d)Z$/.exec(searchParams.get("X-Amz-Date"));
      assert.deepEqual([Number(minutes) % 5, seconds], [0, "00"]);
      assert.equal(searchParams.get("X-Amz-Expires"), "600");
    }
  });

  test("says that photos can't be shown where the signer is gone", async () => {
    const own = await CountingProxy.start(edge.url);
    const broken = await startApplication({
      ready: { ...ready, edge: own.url, store: store.url },
    });
    try {
      const user = await userOf(broken.url, "alice");
      assert.equal((await user.list("alice")).count, 4);
      own.stop();
      const { data, errors } = await user.ask("listPhotos", { owner: "alice" });
      assert.deepEqual([data.listPhotos, errors[0].errorType], [null, "SignerUnavailable"]);
      assert.equal(logged.at(-1)[0].type, "HttpDataSourceError");
    } finally {
      broken.stop();
    }
  });

  test("has the other photos where the signer refuses one", async () => {
    const [refused] = photosOf("alice");
    const resolvers = await changedResolvers("signPhotos.js", "`photos/", (it) =>
      it.replace("`photos/", `\`\${id === "${refused.id}" ? "elsewhere" : "photos"}/`),
    );
    const other = await startApplication({ appsync: resolvers.folder });
    try {
      const { items } = await (await userOf(other.url, "alice")).list("alice");
      assert.equal(items.length, 4);
      for (const { id, url } of items) assert.equal(url === null, id === refused.id);
    } finally {
      other.stop();
      await resolvers.remove();
    }
  });
});

test("the application has no route for what is none, and says so", async () => {
  for (const target of ["//", "//a.example.com:x/", "/toString"]) {
    assert.equal(await rawRequest(application.url, target), 404, target);
  }
});

test("starts by itself, and the page at the edge leads to it", async () => {
  const server = await startServerOf("photo-sharing", edge.url);
  try {
    assert.match(await (await fetch(server.url)).text(), /<h1>Photo sharing<\/h1>/);
  } finally {
    await server.stop();
  }
  const address = await defaultAddress("photo-sharing");
  const page = await (await fetch(`${edge.url}/`)).text();
  assert.ok(page.includes(`url=${address}"`) && page.includes(`href="${address}"`), page);
});

describe("the signer", () => {
  const [{ id }] = photosOf("alice", "PUBLIC");
  const key = `photos/alice/${id}`;
  const asked = (claims, operation = "GetObject") =>
    presign(
      {
        operation,
        key,
        ...(operation === "PutObject" && { content_type: "image/jpeg", content_length: 1 }),
      },
      { bearer: token(claims), edge: edge.url },
    );

  test("lets the application alone read photos, and it can do nothing else", async () => {
    const application = { sub: "photo-sharing", role: "application" };
    assert.equal((await asked(application)).status, 200);
    for (const sub of ["alice", "bob"]) isProblem(await asked({ sub }), 403, "not_allowed");
    isProblem(await asked(application, "PutObject"), 403, "not_allowed");
  });

  test("lets owners put photos into their own folder alone", async () => {
    assert.equal((await asked({ sub: "alice" }, "PutObject")).status, 200);
    isProblem(await asked({ sub: "bob" }, "PutObject"), 403, "not_allowed");
  });
});

/** Opens the application's page, waits for its list, and uses it. */
const gallery = (options, use, url = application.url) =>
  withExamplePage(browser, `${url}/`, options, async (page) => {
    await page.locator("#status:not(:empty)").waitFor();
    await use(page);
  });

/** Chooses who is signed in, and waits for what they see. */
async function signIn(page, user, expected) {
  await page.check(`[name=user][value="${user}"]`);
  await page.locator("#status", { hasText: expected }).waitFor();
}

/** Waits until all photos of the page are there: how wide each is. */
const widths = (page) =>
  page
    .locator("#gallery img")
    .evaluateAll((images) =>
      Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))),
    );

describe("the page", () => {
  test("shows owners all of their photos, and others the public ones", async () => {
    await gallery({}, async (page) => {
      assert.match(await page.locator("#status").textContent(), /^2 photos\.$/);
      await signIn(page, "alice", "4 photos, 2 of them private");
      assert.deepEqual(await widths(page), [600, 600, 600, 600]);
      await page.check("[name=owner][value=bob]");
      await page.locator("#status", { hasText: /^2 photos\.$/ }).waitFor();
      assert.equal(await page.locator("#gallery button").count(), 0);
      await signIn(page, "bob", "3 photos, 1 of them private");
      // Nothing of the last user is left in the page.
      await page.check("[name=owner][value=alice]");
      await page.locator("#status", { hasText: /^2 photos\.$/ }).waitFor();
      const text = await page.content();
      for (const { title } of hiddenOfAlice) assert.ok(!text.includes(title));
    });
  });

  test("asks the store for nothing when it is loaded again", async () => {
    await duringWindow();
    await gallery({}, async (page) => {
      assert.deepEqual(await widths(page), [600, 600]);
      const first = await store.counted(async () => {
        await signIn(page, "alice", "4 photos");
        assert.equal((await widths(page)).length, 4);
      });
      // Two of them were there before Alice signed in.
      assert.equal(first.requests.length, 2, first.requests.join("\n"));
      const second = await store.counted(async () => {
        await page.reload();
        await page.locator("#status", { hasText: "4 photos" }).waitFor();
        assert.deepEqual(await widths(page), [600, 600, 600, 600]);
      });
      assert.deepEqual(second.requests, []);
    });
    // Another browser sees none of it.
    const other = await store.counted(() =>
      gallery({}, async (page) => assert.deepEqual(await widths(page), [600, 600])),
    );
    assert.equal(other.requests.length, 2);
  });

  for (const [what, changed] of [
    ["URLs that aren't cacheable", ["cacheable: true,", "cacheable: false,"]],
    ["photos that may not be kept", ["private, max-age=300", "no-store"]],
  ]) {
    test(`would ask it again with ${what}`, async () => {
      const resolvers = await changedResolvers("signPhotos.js", changed[0], (it) =>
        it.replace(...changed),
      );
      const other = await startApplication({ appsync: resolvers.folder });
      try {
        await duringWindow();
        const load = async (page) => {
          await page.locator("#status", { hasText: "2 photos" }).waitFor();
          assert.deepEqual(await widths(page), [600, 600]);
        };
        await gallery(
          {},
          async (page) => {
            await load(page);
            // Until the clock that signs URLs has moved on.
            const second = Math.floor(Date.now() / 1000);
            while (Math.floor(Date.now() / 1000) === second) await page.waitForTimeout(50);
            const { requests } = await store.counted(async () => {
              await page.reload();
              await load(page);
            });
            assert.equal(requests.length, 2);
          },
          other.url,
        );
      } finally {
        other.stop();
        await resolvers.remove();
      }
    });
  }

  test("says what is wrong, and goes on", async () => {
    await gallery({ failures: ["ERR_FAILED", "503"] }, async (page) => {
      const alert = page.getByRole("alert");
      await page.route("**/graphql", (route) => route.abort());
      await page.check("[name=owner][value=bob]");
      await alert.filter({ hasText: /did not answer\. Check that it runs/ }).waitFor();
      await page.unroute("**/graphql");

      await page.route(`${store.url}/**`, (route) => route.fulfill({ status: 503 }));
      await page.check("[name=owner][value=alice]");
      await page.locator(".missing").nth(1).waitFor();
      assert.equal(await page.locator("#gallery img").count(), 0);
      assert.equal(await alert.textContent(), "");
      await page.unroute(`${store.url}/**`);
      await page.check("[name=owner][value=bob]");
      await page.locator("#gallery img").first().waitFor();
      assert.deepEqual(await widths(page), [600, 600]);
    });
  });

  test("works with the keyboard alone, and keeps its place", async () => {
    await gallery({}, async (page) => {
      await tabTo(page, "[name=user][value='']");
      await page.keyboard.press("ArrowRight");
      await page.locator("#status", { hasText: "4 photos, 2 of them private" }).waitFor();
      await tabTo(page, "[name=owner][value=alice]");
      await tabTo(page, "#gallery li:first-child button");
      const state = () => page.locator("#gallery li:first-child .state").textContent();
      const before = await state();
      for (const expected of [before === "Public" ? "Private" : "Public", before]) {
        await page.keyboard.press("Enter");
        await page.locator("#gallery li:first-child .state", { hasText: expected }).waitFor();
        await page.locator("#gallery li:first-child button:focus-visible").waitFor();
      }
      await tabTo(page, "#gallery li:first-child summary");
    });
  });

  for (const { name, ...options } of LOOKS) {
    test(`is accessible and nowhere too wide: ${name}`, async () => {
      await gallery(options, async (page) => {
        await look(page, `photo-sharing-visitor-${name}`);
        await signIn(page, "alice", "4 photos");
        await widths(page);
        await page.locator("summary").first().click();
        await look(page, `photo-sharing-owner-${name}`);
      });
    });
  }
});

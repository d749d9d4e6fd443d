// A citizen keeps a receipt from the widget, without scripts too, and checks it with a
// page that is a file and has no network.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible, env, launch, withPage } from "./browser.mjs";

const base = env("BASE_URL"), key = env("RECORD_KEY"), question = env("QUESTION"), words = env("QUOTE");
const checker = new URL("../../docs/examples/receipt.html", import.meta.url).href;
let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function save(page, control) {
  const [download] = await Promise.all([page.waitForEvent("download"), control.click()]);
  assert.equal(download.suggestedFilename(), "townclerk-receipt.txt");
  return readFile(await download.path());
}

// check returns what the page says of a receipt.
async function check(page, file, withKey = key) {
  await page.locator("#file").setInputFiles({ name: "receipt.txt", mimeType: "text/plain", buffer: file });
  await page.locator("#key").fill(withKey);
  await page.evaluate(() => { document.getElementById("verdict").textContent = ""; });
  await page.getByRole("button", { name: "Check" }).click();
  const verdict = page.locator("#verdict:not(:empty)");
  await verdict.waitFor();
  return verdict.innerText();
}

async function checked(file) {
  await withPage(browser, { offline: true }, async (page) => {
    await page.goto(checker);
    assert.match(await check(page, file), /^The receipt holds: \d+ entries of the record /);
    const said = await page.locator("#said").innerText();
    assert.ok(said.includes(question) && said.includes(words), said);
    await accessible(page, "a checked receipt");
    assert.match(await check(page, file, key.replace(/.{6}$/, "AAAAAA")), /key/);
    // Each byte counts: see that none of many can be another.
    const held = await page.evaluate(async ([text, key]) => {
      const bytes = new TextEncoder().encode(text), held = [];
      for (let i = 0; i < bytes.length; i += 5) {
        const changed = bytes.slice();
        changed[i] ^= 1;
        await verify(changed, key).then(() => held.push(i), () => {});
      }
      return held;
    }, [file.toString(), key]);
    assert.deepEqual(held, []);
    const [head, ...rest] = file.toString().split("\n");
    assert.match(await check(page, Buffer.from([head, "extra AAAA", ...rest.slice(1)].join("\n"))), /does not hold: line \d+: /);
    assert.equal(await page.locator("#said article").count(), 0);
  });
}

test("from the widget", () => withPage(browser, {}, async (page) => {
  await page.goto(base + "/");
  assert.equal(await page.getByRole("button", { name: "Keep a receipt" }).count(), 0);
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
  const keep = page.getByRole("button", { name: "Keep a receipt" });
  await page.locator(".helpful").waitFor();
  const file = await save(page, keep);
  await accessible(page, "the chat with a receipt to keep");
  await checked(file);
}));

test("without scripts", () => withPage(browser, { javaScriptEnabled: false }, async (page) => {
  await page.goto(base + "/");
  await page.getByLabel("Your question").fill(question);
  await page.getByRole("button", { name: "Send" }).click();
  await checked(await save(page, page.getByRole("link", { name: "Keep a receipt" })));
}));

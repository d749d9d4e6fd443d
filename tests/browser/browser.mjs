// What the browser tests share: the browser, the keyboard, and axe.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const axeSource = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

// env returns a variable that must be set.
export function env(name) {
  const value = process.env[name];
  assert.ok(value, `set ${name}`);
  return value.replace(/\/$/, "");
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

// withPage calls use with a page of its own context, and fails on whatever the
// page logged as an error or a script threw, a violated CSP among it, unless it
// matches one of options.faults.
export async function withPage(browser, { faults: expected = [], ...options }, use) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(Number(process.env.TIMEOUT || 20000));
  const faults = [];
  context.on("weberror", (e) => faults.push(String(e.error())));
  context.on("console", (m) => m.type() === "error" && faults.push(m.text()));
  try {
    const page = await context.newPage();
    await use(page, context);
    assert.deepEqual(faults.filter((f) => !expected.some((e) => e.test(f))), []);
  } finally {
    await context.close();
  }
}

// focused describes the element that has the focus, in shadow trees too.
function focused(page) {
  return page.evaluate(() => {
    let e = document.activeElement;
    while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
    return e && { tag: e.localName, class: e.className, text: (e.textContent || "").trim().slice(0, 80), label: e.getAttribute("aria-label") || "" };
  });
}

// press presses a key until what has the focus is what is wanted.
export async function press(page, key, wanted) {
  const seen = [];
  for (let i = 0; i < 60; i++) {
    const e = await focused(page);
    if (e && wanted(e)) return e;
    seen.push(e && `${e.tag}.${e.class}`);
    await page.keyboard.press(key);
  }
  assert.fail(`no such element by ${key}: went through ${seen.join(", ")}`);
}

export async function focusIs(page, wanted) {
  const e = await focused(page);
  assert.ok(e && wanted(e), `the focus is on ${JSON.stringify(e)}`);
}

// accessible fails on every violation that axe finds.
export async function accessible(page, what) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 200)).join(" | ")}`);
  assert.deepEqual(found, [], what);
}

// noSideways fails when the page has to be scrolled sideways.
export async function noSideways(page, what) {
  const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= view, `${what}: ${content} pixels of content in ${view}`);
}

// highlighted fails unless the page is a source view, opened at a highlighted
// quote that can be seen. It returns all that is highlighted.
export async function highlighted(page) {
  await page.waitForLoadState();
  const got = await page.evaluate(() => {
    const mark = document.getElementById(location.hash.slice(1));
    const box = mark && mark.getBoundingClientRect();
    return {
      tag: mark && mark.localName, text: mark && mark.textContent,
      seen: box && box.top >= 0 && box.bottom <= innerHeight && box.width > 0,
      all: [...document.querySelectorAll("mark")].map((m) => m.textContent).join(" "),
    };
  });
  assert.equal(got.tag, "mark", `no highlighted quote at ${page.url()}`);
  assert.ok(got.text.trim() && got.seen, `the quote is not in view: ${JSON.stringify(got)}`);
  if (process.env.QUOTE) assert.ok(got.all.includes(process.env.QUOTE), `${got.all} lacks ${process.env.QUOTE}`);
  return got.all;
}

// The citizen's pages in a real browser. The servers are started by the caller:
//
//   BASE_URL      the assistant's own chat page
//   SITE_URL      an agency's page that embeds the widget
//   QUESTION      a question that is answered with a citation
//   UNANSWERABLE  one that is not
//   QUOTE         optional: words that must be highlighted in the cited page
//   SCREENSHOT    optional: where to put a picture of the widget with an answer
//   TIMEOUT       optional: milliseconds to wait for anything, 20000
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible, env, focusIs, highlighted, launch, noSideways, press, withPage } from "./browser.mjs";

const [base, site, question, unanswerable] = ["BASE_URL", "SITE_URL", "QUESTION", "UNANSWERABLE"].map(env);
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const run = (name, options, use) => test(name, { timeout: 120000 }, () => withPage(browser, options, use));

// ask types a question into whichever form there is and waits for the answer.
async function ask(page, text) {
  await page.getByLabel("Your question").fill(text);
  await page.getByLabel("Your question").press("Enter");
  await answered(page);
}

const answered = (page) => page.locator(".turn").last().locator(".helpful").waitFor();

// openWidget opens the widget with the keyboard.
async function openWidget(page) {
  await page.goto(site);
  await page.locator(".launch").waitFor();
  await press(page, "Tab", (e) => e.class === "launch");
  await page.keyboard.press("Enter");
  await page.locator(".disclosure", { hasText: "automated" }).waitFor();
}

run("widget: question, answer and cited words by keyboard alone", {}, async (page, context) => {
  await openWidget(page);
  await focusIs(page, (e) => e.tag === "textarea");
  await page.keyboard.type(question);
  await page.keyboard.press("Enter");
  await answered(page);
  await press(page, "Shift+Tab", (e) => e.class === "scroller");
  const cite = await press(page, "Tab", (e) => e.class === "cite");
  assert.match(cite.label, /^Source \d+: ./);
  const [source] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await highlighted(source);
  await accessible(source, "source page");
  await source.close();
});

run("widget: Escape closes it and gives the focus back", {}, async (page) => {
  await openWidget(page);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog").isVisible(), false);
  await focusIs(page, (e) => e.class === "launch");
  await page.keyboard.press("Enter");
  await focusIs(page, (e) => e.tag === "textarea");
});

run("widget: on a small screen it covers the page and keeps the focus", { viewport: { width: 320, height: 640 } }, async (page) => {
  await openWidget(page);
  await ask(page, question);
  await noSideways(page, "site page");
  const box = await page.locator("dialog").boundingBox();
  assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 320, 640]);
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press("Tab");
    await focusIs(page, (e) => e.tag !== "a" || e.text !== "Services");
  }
  await page.keyboard.press("Escape");
  await focusIs(page, (e) => e.class === "launch");
  await page.setViewportSize({ width: 320, height: 256 }); // 1280 x 1024 at 400 %
  assert.equal(await page.locator("dialog").isVisible(), false);
  await page.keyboard.press("Enter");
  await page.locator(".cite").first().scrollIntoViewIfNeeded();
  assert.ok(await page.locator(".cite").first().isVisible());
});

run("widget: accessible, with an answer", {}, async (page) => {
  await openWidget(page);
  await accessible(page, "widget before the first question");
  await ask(page, question);
  await accessible(page, "widget with an answer");
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
});

run("widget: reload keeps the conversation, deleting clears it", {}, async (page) => {
  await openWidget(page);
  await ask(page, question);
  const before = await page.locator(".sentences").innerText();
  await openWidget(page); // loads the page again
  await answered(page);
  assert.equal(await page.locator(".sentences").innerText(), before);
  await page.getByRole("button", { name: "Delete this conversation" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.equal(await page.locator(".turn").count(), 1);
  await page.getByRole("button", { name: "Delete this conversation" }).click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("The conversation was deleted.").waitFor();
  assert.equal(await page.locator(".turn").count(), 0);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await openWidget(page);
  assert.equal(await page.locator(".turn").count(), 0);
});

run("widget: a failure keeps the text, and trying again asks once", { faults: [/status of 503/] }, async (page, context) => {
  await openWidget(page);
  const keys = [];
  let fail = true;
  await context.route("**/messages", (route) => {
    keys.push(route.request().postDataJSON().key);
    return fail ? route.fulfill({ status: 503, headers: { "Access-Control-Allow-Origin": "*" }, json: { kind: "unavailable", message: "Later, please.", contact: { name: "Town hall" } } }) : route.continue();
  });
  await page.getByLabel("Your question").fill(question);
  await page.keyboard.press("Enter");
  await page.getByText("Later, please.").waitFor();
  assert.equal(await page.getByLabel("Your question").inputValue(), question);
  fail = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await answered(page);
  assert.equal(await page.locator(".turn").count(), 1);
  assert.equal(await page.getByLabel("Your question").inputValue(), "");
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

// events makes a response of server-sent events.
const stream = (...events) => ({
  status: 200, contentType: "text/event-stream", headers: { "Access-Control-Allow-Origin": "*" },
  body: events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join(""),
});

run("widget: an answer that breaks off is completed, nothing twice", {}, async (page, context) => {
  await openWidget(page);
  const sentence = (text) => ({ text, citations: [] });
  const turn = "0".repeat(32);
  const keys = [];
  await context.route("**/messages", (route) => {
    keys.push(route.request().postDataJSON().key);
    return route.fulfill(keys.length === 1
      ? stream(["part", { turn, sentences: [sentence("One.")] }])
      : stream(["part", { turn, sentences: [sentence("One.")] }], ["end", { turn, outcome: "answered", sentences: [sentence("One."), sentence("Two.")] }]));
  });
  await page.getByLabel("Your question").fill("hello");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Try again" }).click();
  await answered(page);
  assert.match((await page.locator(".sentences").innerText()).trim(), /^One\.\s+Two\.$/);
  assert.equal(await page.locator(".turn").count(), 1);
  assert.equal(keys[0], keys[1]);
});

run("widget: nothing that arrives becomes markup or a bad link", {}, async (page, context) => {
  await openWidget(page);
  const bad = `"><img src=x onerror="document.title='bad'"><script>document.title='bad'</script>`;
  const link = "javascript:document.title='bad'";
  const cite = { version: bad, ranges: [{ start: 0, end: 1 }], title: bad, url: link, passage: bad };
  await context.route("**/messages", (route) => route.fulfill(stream(["end", {
    turn: "0".repeat(32), outcome: "answered", lead: bad, sentences: [{ text: bad, citations: [cite] }], closing: bad,
    nearest: [{ title: bad, url: link }, { title: bad, url: "https://x.example/" }], redacted: [bad],
    person: { name: bad, phone: bad, email: bad, url: link, hours: bad },
  }])));
  await page.getByLabel("Your question").fill(bad);
  await page.keyboard.press("Enter");
  await answered(page);
  const got = await page.evaluate(() => {
    const root = document.querySelector("townclerk-chat").shadowRoot;
    return { title: document.title, made: root.querySelectorAll("img, script, iframe, style").length, links: [...root.querySelectorAll("a")].map((a) => a.protocol) };
  });
  assert.equal(got.made, 0);
  assert.notEqual(got.title, "bad");
  assert.ok(got.links.length > 3 && got.links.every((p) => ["http:", "https:", "tel:", "mailto:"].includes(p)), String(got.links));
});

run("widget: a conversation goes on without storage", {}, async (page) => {
  await page.addInitScript(() => Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied", "SecurityError"); } }));
  await openWidget(page);
  await ask(page, question);
  await ask(page, question);
  assert.equal(await page.locator(".turn").count(), 2);
});

run("widget: feedback", {}, async (page) => {
  await openWidget(page);
  await ask(page, question);
  await page.getByRole("button", { name: "No", exact: true }).click();
  await page.getByLabel(/What was missing/).fill("the opening hours");
  await accessible(page, "widget with the comment's form");
  await page.getByRole("button", { name: "Send comment" }).click();
  await page.getByText("Thank you for telling us.").waitFor();
});

run("chat page: accessible, at 1200 and at 320 pixels", {}, async (page) => {
  await page.goto(base);
  await ask(page, question);
  await accessible(page, "chat page");
  await page.setViewportSize({ width: 320, height: 640 }); // and 1280 pixels at 400 %
  await noSideways(page, "chat page");
  await accessible(page, "chat page at 320 pixels");
  await page.locator(".cite").first().evaluate((a) => a.removeAttribute("target"));
  await page.locator(".cite").first().click();
  await highlighted(page);
  await noSideways(page, "source page");
});

run("chat page: right to left", { viewport: { width: 320, height: 640 } }, async (page) => {
  await page.goto(`${base}/?lang=ar`);
  await page.locator("townclerk-chat .ask textarea").waitFor();
  const [dir, start] = await page.evaluate(() => {
    const e = document.querySelector("townclerk-chat").shadowRoot.querySelector("label");
    return [document.documentElement.dir + getComputedStyle(e).direction, getComputedStyle(e).textAlign];
  });
  assert.equal(dir, "rtlrtl");
  assert.equal(start, "start");
  await page.locator(".ask textarea").fill(question);
  await page.keyboard.press("Enter");
  await answered(page);
  await noSideways(page, "chat page in Arabic");
  await accessible(page, "chat page in Arabic");
});

// whole is an answer with everything that it may have, from pages in English.
const citation = (more) => ({ version: "1".repeat(32), ranges: [{ start: 0, end: 9 }], title: "Fees", language: "en", url: "https://x.example/fees", passage: "p", ...more });
const whole = {
  turn: "0".repeat(32), outcome: "clarified", lead: "…", closing: "?", from: "2".repeat(32), sentences: [
    { text: "A copy costs $15 (by mail).", citations: [citation({ department: "City Clerk", reviewed: "2026-01-15", overdue: "2026-02-01" })] },
    { text: "A copy costs $18.", citations: [citation({ version: "3".repeat(32), title: "Records", department: "Records", ended: "2026-03-31" })] },
  ],
  help: [{ name: "Crisis line", phone: "+1 555 010 0199", url: "https://help.example/", text: "Day and night." }, { name: "Bad", url: "javascript:alert(1)" }],
  choices: [{ label: "Birth certificates", question: "birth certificates: cost?" }, { label: "Dog licences", question: "dog licences: cost?" }],
};

// side tells which side of its container the first line of an element's text keeps to.
const side = (locator) => locator.evaluate((e) => {
  const range = document.createRange();
  range.selectNodeContents(e.firstChild);
  const [line, box] = [range.getClientRects()[0], e.closest(".answer").getBoundingClientRect()];
  return line.left - box.left < box.right - line.right ? "left" : "right";
});

run("widget: help lines first, choices that ask, warnings with their dates", {}, async (page, context) => {
  await openWidget(page);
  const asked = [];
  await context.route("**/messages", (route) => {
    asked.push(route.request().postDataJSON().text);
    return route.fulfill(stream(["part", { turn: whole.turn, lead: whole.lead, sentences: [] }], ["end", whole]));
  });
  await page.getByLabel("Your question").fill("cost?");
  await page.keyboard.press("Enter");
  await answered(page);
  const turn = page.locator(".turn").last();
  assert.match(await turn.locator(".answer > *").first().innerText(), /^Get help now/);
  const links = await turn.locator(".help a").evaluateAll((all) => all.map((a) => a.href));
  assert.deepEqual(links, ["tel:+15550100199", "https://help.example/"]);
  const notes = await turn.locator(".note").allInnerTexts();
  assert.deepEqual(notes.map((n) => n.replace(/[\u2068\u2069]/g, "")), ["City Clerk, last reviewed 15 January 2026",
    "This page was due for review on 1 February 2026.", "Records", "What this page says applied until 31 March 2026."]);
  await turn.getByText("This answer was given before, from the same pages.").waitFor();
  await accessible(page, "widget with help lines, choices and warnings");
  await press(page, "Shift+Tab", (e) => e.text === "Dog licences");
  await page.keyboard.press("Enter");
  await page.locator(".turn").nth(1).locator(".helpful").waitFor();
  assert.deepEqual(asked, ["cost?", "dog licences: cost?"]);
});

run("widget: in Arabic the page is right to left and English quotes are not", {}, async (page, context) => {
  await page.goto(`${base}/?lang=ar`);
  await context.route("**/messages", (route) => route.fulfill(stream(["end", { ...whole, lead: "صفحاتنا غير متفقة:" }])));
  await page.locator(".ask textarea").fill("بكم؟");
  await page.keyboard.press("Enter");
  await answered(page);
  await inArabic(page);
});

run("chat page: the form's page in Arabic", {}, async (page, context) => {
  const body = await readFile(new URL("../../bot/web/testdata/chat.ar.html", import.meta.url), "utf8");
  await context.route(`${base}/?golden`, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body }));
  await page.goto(`${base}/?golden`);
  assert.equal(await page.locator("html").getAttribute("dir"), "rtl");
  await inArabic(page);
});

// inArabic checks an answer with English quotes on an Arabic page.
async function inArabic(page) {
  const turn = page.locator(".turn").last();
  const quote = turn.locator(".sentence").first();
  assert.equal(await quote.getAttribute("lang"), "en");
  const direction = (locator) => locator.evaluate((e) => getComputedStyle(e).direction + " " + getComputedStyle(e).unicodeBidi);
  assert.match(await direction(quote), /^ltr /);
  assert.equal(await direction(turn.locator(".help a").first()), "ltr isolate");
  assert.equal(await direction(turn.locator(".note").first()), "rtl normal");
  assert.deepEqual([await side(quote), await side(turn.locator(".note").first()), await side(turn.locator(".fixed").first())], ["left", "right", "right"]);
  const notes = await turn.locator(".note").allInnerTexts();
  assert.match(notes[0], /^اقتباس بالإنجليزية/);
  assert.ok(notes.some((n) => n.includes("1 فبراير 2026")), notes.join("\n"));
  await accessible(page, "an answer in Arabic");
  await page.setViewportSize({ width: 320, height: 640 });
  await noSideways(page, "an answer in Arabic");
}

run("chat page: what cannot be answered leads to a person", {}, async (page) => {
  await page.goto(base);
  await ask(page, unanswerable);
  const turn = page.locator(".turn").last();
  assert.ok((await turn.locator(".fixed").last().innerText()).length > 10);
  assert.ok(await turn.locator(".contact").isVisible());
  assert.equal(await turn.locator(".cite").count(), 0);
  await accessible(page, "chat page with no answer");
});

run("without JavaScript: form, answer, cited words, feedback, deletion", { javaScriptEnabled: false }, async (page) => {
  await page.goto(base);
  await page.getByLabel("Your question").fill(question);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".cite").first().waitFor();
  assert.match(page.url(), /#turn-[0-9a-f]{32}$/);
  assert.ok(!page.url().includes("token"));
  await page.reload();
  assert.equal(await page.locator(".turn").count(), 1);
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByText("Thank you for telling us.").waitFor();
  await page.locator(".cite").first().click();
  const hash = new URL(page.url()).hash.slice(1);
  const box = await page.locator(`mark[id="${hash}"]`).boundingBox();
  assert.ok(box && box.y >= 0 && box.y + box.height <= 800, "the quote is in view");
  await page.goBack();
  await page.getByText("Delete this conversation").click();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("The conversation was deleted.").waitFor();
  assert.equal(await page.locator(".turn").count(), 0);
});

run("a conversation begun without JavaScript stays readable with it", {}, async (page, context) => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const form = await plain.newPage();
  await form.goto(base);
  await form.getByLabel("Your question").fill(question);
  await form.getByRole("button", { name: "Send", exact: true }).click();
  await form.locator(".cite").first().waitFor();
  await context.addCookies(await plain.cookies());
  await plain.close();
  await page.goto(base);
  assert.equal(await page.locator(".turn").count(), 1);
  await accessible(page, "the plain chat page");
  await page.setViewportSize({ width: 320, height: 640 });
  await noSideways(page, "the plain chat page");
});

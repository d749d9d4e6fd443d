// A question that goes to people and back, in two browsers: the citizen's, in the widget,
// and the clerk's, in the inbox, by keyboard. The servers are started by the caller:
//
//   BASE_URL      the assistant's own chat page, with the inbox beside it
//   SITE_URL      an agency's page that embeds the widget
//   UNANSWERABLE  a question that its pages do not answer
//   INVITATION    a link for a clerk who sees all inquiries
//   NAME          what that clerk signs in with
//   PICTURES      optional: folder for pictures of the inbox and of a ticket
//   TIMEOUT       optional: milliseconds to wait for anything, 20000
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, env, focusIs, launch, noSideways, press, withPage } from "./browser.mjs";

const [base, site, unanswerable, invitation, name] = ["BASE_URL", "SITE_URL", "UNANSWERABLE", "INVITATION", "NAME"].map(env);
const password = "otter kettle violin";
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const run = (title, options, use) => test(title, { timeout: 120000 }, () => withPage(browser, options, use));

// enter goes by Tab to what is wanted and presses Enter.
async function enter(page, wanted) {
  await press(page, "Tab", wanted);
  await page.keyboard.press("Enter");
}
const named = (text) => (e) => e.text === text && ["button", "a"].includes(e.tag);

async function signIn(page) {
  await press(page, "Tab", (e) => e.tag === "input");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Inquiries" }).waitFor();
}

// write goes to the field for what the citizen reads, and types.
async function write(page, text) {
  await press(page, "Tab", (e) => e.tag === "textarea");
  while ((await page.evaluate(() => document.activeElement.id)) !== "text") {
    await page.keyboard.press("Tab");
    await press(page, "Tab", (e) => e.tag === "textarea");
  }
  await page.keyboard.type(text);
}

const done = (page, what) => page.waitForURL(`**/*did=${what}`);
const picture = async (page, file, height) => {
  if (!process.env.PICTURES) return;
  await page.setViewportSize({ width: 1000, height });
  await page.screenshot({ path: `${process.env.PICTURES}/${file}.png`, fullPage: true });
};

run("a question goes to a clerk and back", {}, (citizen) => withPage(browser, { faults: [/status of 409/] }, async (clerk) => {
  await clerk.goto(invitation);
  await accessible(clerk, "the invitation");
  for (const id of ["password", "again"]) await clerk.locator(`#${id}`).fill(password);
  await clerk.keyboard.press("Enter");
  await clerk.getByRole("heading", { name: "Inquiries" }).waitFor();
  await enter(clerk, named("Sign out"));
  await clerk.getByRole("heading", { name: "Sign in" }).waitFor();
  await accessible(clerk, "signing in");
  await signIn(clerk);
  await accessible(clerk, "an empty inbox");

  await citizen.goto(site);
  await citizen.locator(".launch").click();
  await citizen.getByLabel("Your question").fill(unanswerable);
  await citizen.keyboard.press("Enter");
  await citizen.getByRole("button", { name: /^Pass this question on to/ }).click();
  await citizen.locator(".ticket").waitFor();
  await accessible(citizen, "the widget with a ticket");

  // The list says that there is something new, and touches nothing.
  await press(clerk, "Tab", (e) => e.tag === "select");
  await clerk.locator("#live", { hasText: "There is something new." }).waitFor();
  await focusIs(clerk, (e) => e.tag === "select");
  await press(clerk, "Shift+Tab", named("Load the page again"));
  await clerk.keyboard.press("Enter");
  await clerk.getByRole("link", { name: unanswerable }).waitFor();
  await accessible(clerk, "the inbox");
  await picture(clerk, "inbox", 360);
  await enter(clerk, named(unanswerable));
  await clerk.getByRole("heading", { name: /^Inquiry for/ }).waitFor();
  await enter(clerk, named("Claim"));
  await done(clerk, "claimed");
  await write(clerk, "The water here holds 0.7 milligrams in a liter.");
  await enter(clerk, named("Send the reply"));
  await done(clerk, "replied");

  const ticket = citizen.locator(".ticket");
  await ticket.getByText("The water here holds 0.7 milligrams in a liter.").waitFor();
  await write(clerk, "half a thought"); // which is still there when there is news
  await citizen.getByLabel("Your question").fill("Is that much?");
  await citizen.keyboard.press("Enter");
  await ticket.getByText("Is that much?").waitFor();

  await clerk.locator("#live", { hasText: "There is something new." }).waitFor();
  assert.equal(await clerk.locator("#text").inputValue(), "half a thought");
  await focusIs(clerk, (e) => e.tag === "textarea");
  await accessible(clerk, "a ticket with news");
  await enter(clerk, named("Send the reply")); // without having read them
  await clerk.locator("#problem", { hasText: "The citizen wrote meanwhile." }).waitFor();
  assert.equal(await clerk.locator("#text").inputValue(), "half a thought");
  await clerk.locator("#text").fill("No, it is what doctors advise.");
  await enter(clerk, named("Send the reply"));
  await done(clerk, "replied");
  await ticket.getByText("No, it is what doctors advise.").waitFor();
  await clerk.locator(".words", { hasText: "Is that much?" }).waitFor();
  await picture(clerk, "ticket", 900);
  await clerk.setViewportSize({ width: 320, height: 640 });
  await noSideways(clerk, "a ticket at 320 pixels");
  await accessible(clerk, "a ticket at 320 pixels");
  await enter(clerk, named("Close it"));
  await done(clerk, "resolved");
  await ticket.locator(".status", { hasText: "This inquiry is closed." }).waitFor();
  assert.equal(await ticket.getByRole("button").count(), 0);
  await clerk.goto(`${base}/inbox/`);
  await noSideways(clerk, "the inbox at 320 pixels");
  await clerk.getByText("Nothing to do here.").waitFor();
}));

run("without a script a clerk can do all of it", { javaScriptEnabled: false }, async (page) => {
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const citizen = await plain.newPage();
  await citizen.goto(base);
  await citizen.getByLabel("Your question").fill(unanswerable);
  await citizen.getByRole("button", { name: "Send", exact: true }).click();
  await citizen.getByRole("button", { name: /^Pass this question on to/ }).click();
  await citizen.locator(".ticket").waitFor();

  await page.goto(`${base}/inbox/`);
  await page.getByLabel("Name or e-mail address").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: unanswerable }).first().click();
  await page.getByRole("button", { name: "Claim", exact: true }).click();
  await page.getByLabel("Write to the citizen").fill("Yes, some.");
  await page.getByRole("button", { name: "Send the reply" }).click();
  await page.getByText("Your reply was sent to the citizen.").waitFor();
  await page.getByText("Correct or withdraw this message").click();
  await page.getByLabel("What the citizen shall read instead").fill("Yes, a little.");
  await page.getByRole("button", { name: "Correct it" }).click();
  await page.getByText("The citizen sees the corrected message.").waitFor();
  await page.getByLabel("Note for colleagues").fill("told them");
  await page.getByRole("button", { name: "Keep the note" }).click();
  await page.getByText("told them").waitFor();
  await citizen.reload();
  await citizen.getByText("Yes, a little.").waitFor();
  assert.equal(await citizen.getByText("told them").count(), 0);
  await page.getByRole("button", { name: "Close it" }).click();
  await page.getByText("It is closed.").first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await plain.close();
});

run("the chat page with a ticket is accessible", {}, async (page) => {
  await page.goto(base);
  await page.getByLabel("Your question").fill(unanswerable);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Pass this question on to/ }).click();
  await page.locator(".ticket").waitFor();
  await page.getByText("Get the answer elsewhere too").click();
  await accessible(page, "the chat page with a ticket");
  await page.setViewportSize({ width: 320, height: 640 });
  await noSideways(page, "the chat page with a ticket");
});

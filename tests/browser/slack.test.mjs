// A question that goes to people in Slack and back, in two browsers: the citizen's, in the
// widget or without a script, and the clerk's, on the scripted Slack's page. The servers
// are started by the caller:
//
//   BASE_URL      the assistant's own chat page
//   SITE_URL      an agency's page that embeds the widget
//   SLACK_URL     the scripted Slack's page
//   CHANNELS      the departments' channels by the departments' names, as JSON
//   UNANSWERABLE  a question that its pages do not answer
//   QUESTION      one that they do
//   PICTURES      optional: folder for pictures of the channel and of the widget
//   TIMEOUT       optional: milliseconds to wait for anything, 20000
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, env, launch, noSideways, withPage } from "./browser.mjs";

const [base, site, slack, unanswerable, question] = ["BASE_URL", "SITE_URL", "SLACK_URL", "UNANSWERABLE", "QUESTION"].map(env);
const channels = JSON.parse(env("CHANNELS"));
const internal = "He calls every week, be patient.";
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const run = (title, options, use) => test(title, { timeout: 120000 }, () =>
  withPage(browser, options, (citizen) => withPage(browser, {}, (clerk) => use(citizen, clerk))));

const picture = async (page, file, options) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${file}.png`, ...options });
};

// handOver passes a question on that got no answer, and returns the department's channel.
async function handOver(citizen) {
  const offer = citizen.getByRole("button", { name: /^Pass this question on to/ });
  const department = (await offer.textContent()).replace("Pass this question on to ", "").replace(/[\u2068\u2069]/g, "");
  await offer.click();
  await citizen.locator(".ticket .status", { hasText: "Nobody has taken it up yet." }).waitFor();
  assert.ok(channels[department], `${department} has no channel`);
  return channels[department];
}

// A Clerk works on the newest inquiry of a channel.
class Clerk {
  constructor(page) { this.page = page; }

  async open(channel) {
    await this.page.goto(slack);
    await this.page.getByRole("navigation", { name: "Channels" }).getByRole("link", { name: `# ${channel}`, exact: true }).click();
    this.channel = this.page.url();
    this.head = this.page.getByRole("article").filter({ hasText: unanswerable }).last();
    await this.head.waitFor();
  }

  async press(name) { await this.head.getByRole("button", { name, exact: true }).click(); }
  async sees(text) { await this.head.getByText(text).waitFor(); }

  async reply(text) {
    await this.press("Reply");
    const dialog = this.page.getByRole("dialog", { name: "Reply to the citizen" });
    await dialog.getByLabel("The citizen reads this").fill(text);
    await dialog.getByRole("button", { name: "Send" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  async thread() {
    await this.head.getByRole("link", { name: /^Reply in thread|repl(y|ies)$/ }).click();
    await this.page.getByRole("heading", { name: /^Thread in/ }).waitFor();
  }

  async say(text) {
    const form = this.page.locator("form.say");
    await form.getByLabel(/^Write as/).fill(text);
    await form.getByRole("button", { name: "Send" }).click();
    await this.message(text).waitFor();
  }

  // message is one of the thread's.
  message(text) { return this.page.getByRole("article").filter({ has: this.page.locator(".text", { hasText: text }) }); }
  async sent(text) { await this.message(text).getByText(":white_check_mark:").waitFor(); }

  async edit(text, now) {
    const message = this.message(text);
    await message.getByText("Edit or delete").click();
    await message.getByLabel("New text").fill(now);
    await message.getByRole("button", { name: "Save" }).click();
    await this.message(now).getByText("edited", { exact: true }).waitFor();
  }

  async resolve() {
    await this.page.goto(this.channel);
    await this.press("Resolve");
    await this.sees("Closed by");
  }
}

run("a question goes to Slack and back", {}, async (citizen, page) => {
  const ask = async (text) => {
    await citizen.getByLabel("Your question").fill(text);
    await citizen.keyboard.press("Enter");
  };
  await citizen.goto(site);
  await citizen.locator(".launch").click();
  await ask(unanswerable);
  const clerk = new Clerk(page);
  await clerk.open(await handOver(citizen));
  await accessible(page, "the channel");
  const ticket = citizen.locator(".ticket");
  await clerk.press("Claim");
  await clerk.sees("Ana Ruiz has it.");
  await picture(page, "slack", { fullPage: true });
  await ticket.getByText(/^Somebody at .* is dealing with your inquiry\.$/).waitFor();

  await clerk.reply("The water here holds 0.7 milligrams in a liter.");
  await clerk.sees("Answered by Ana Ruiz");
  await clerk.thread();
  await clerk.say(internal);
  await page.getByText("Only your team sees what you wrote").waitFor();
  await ticket.getByText("The water here holds 0.7 milligrams in a liter.").waitFor();
  await ask("Is that much?");
  await ticket.getByText("Is that much?").waitFor();
  await ticket.locator(".said").evaluate((e) => e.scrollIntoView({ block: "end" }));
  await picture(citizen, "handover");
  await page.getByText("Is that much?").waitFor();
  await clerk.say(">> No, it is what doctors advice.");
  await ticket.getByText("No, it is what doctors advice.").waitFor();
  await clerk.sent("doctors advice");
  await clerk.edit("doctors advice", ">> No, it is what doctors advise.");
  await ticket.getByText("No, it is what doctors advise.").waitFor();
  await ticket.getByText("This message was corrected.").waitFor();
  assert.equal(await citizen.getByText("doctors advice").count(), 0);
  await accessible(page, "the thread");
  await page.setViewportSize({ width: 320, height: 640 });
  await noSideways(page, "the thread at 320 pixels");

  await clerk.resolve();
  await ticket.locator(".status", { hasText: "This inquiry is closed." }).waitFor();
  assert.equal(await citizen.getByText(internal).count(), 0);
  await ask(question);
  await citizen.locator(".turn").last().locator(".cite").first().waitFor();
});

run("a question goes to Slack and back without a script", { javaScriptEnabled: false }, async (citizen, page) => {
  const ask = async (text) => {
    await citizen.getByLabel("Your question").fill(text);
    await citizen.getByRole("button", { name: "Send", exact: true }).click();
  };
  const ticket = citizen.locator(".ticket");
  const latest = () => ticket.getByRole("link", { name: "Show the latest" }).click();
  await citizen.goto(base);
  await ask(unanswerable);
  const clerk = new Clerk(page);
  await clerk.open(await handOver(citizen));
  await clerk.press("Claim");
  await clerk.sees("Ana Ruiz has it.");
  await clerk.reply("Yes, some.");
  await clerk.sees("Answered by Ana Ruiz");
  await clerk.thread();
  await clerk.say(internal);
  await page.getByText("Only your team sees what you wrote").waitFor();
  await latest();
  await ticket.getByText("Yes, some.").waitFor();
  await ask("How much?");
  await ticket.getByText("How much?").waitFor();
  await page.getByText("How much?").waitFor();
  await clerk.say(">> A litle.");
  await clerk.sent("A litle.");
  await latest();
  await ticket.getByText("A litle.").waitFor();
  await clerk.edit("A litle.", ">> A little.");
  while (!await ticket.getByText("This message was corrected.").count()) await latest();
  await ticket.getByText("A little.").waitFor();
  await clerk.resolve();
  await citizen.reload();
  await ticket.getByText("This inquiry is closed.").waitFor();
  assert.equal(await citizen.getByText(internal).count(), 0);
  await ask(question);
  await citizen.locator(".turn").last().locator(".cite").first().waitFor();
});

// The panel around the conversation: what is said first, the transcript, the
// form, and the tools at the end.
class Panel {
  constructor(t, session, level) {
    this.t = t;
    this.session = session;
    this.level = level; // of a question's heading
    this.pending = null; // the message that is being sent or failed
    this.disclosure = el("p", { class: "disclosure" }, t("loading"));
    this.examples = el("div", { class: "examples", hidden: true });
    this.log = el("div", { class: "turns", role: "log", "aria-live": "polite", "aria-label": t("log.label") });
    this.status = el("p", { class: "notice", role: "status", hidden: true });
    this.people = new People(this);
    this.person = el("details", { hidden: true }, el("summary", {}, t("person.title")));
    this.tools = el("div", { class: "tools" }, this.person, ...this.receipt(), ...this.deletion());
    this.form = this.makeForm();
    this.box.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.form.requestSubmit();
    });
  }

  makeForm() {
    const t = this.t;
    this.problem = el("div", { class: "problem", role: "alert", hidden: true });
    this.box = el("textarea", { id: "question", rows: "2", dir: "auto", "aria-describedby": "hint" });
    this.button = el("button", { class: "primary" }, t("send"));
    return el("form", { class: "ask", submit: (e) => { e.preventDefault(); this.send(this.box.value); } },
      this.problem, el("label", { for: "question" }, t("question.label")),
      el("p", { class: "hint", id: "hint" }, t("question.hint")), this.makeTo(), this.box, this.button);
  }

  // makeTo makes the choice of whom a message is for while people have an inquiry.
  makeTo() {
    this.assistant = el("input", { type: "checkbox", id: "to" });
    this.to = el("p", { class: "to", hidden: true }, this.assistant, " ", el("label", { for: "to" }, this.t("to.assistant")));
    return this.to;
  }

  takes(people) { this.to.hidden = !people; }

  // load shows the site's words and the conversation so far.
  async load() {
    try {
      this.welcome(await this.session.site());
      await this.restore();
    } catch (problem) {
      this.fail(problem, () => this.load());
    }
  }

  welcome(site) {
    this.site = site;
    this.problem.hidden = true;
    this.disclosure.replaceChildren(site.disclosure);
    this.person.replaceChildren(this.person.firstChild, contact(this.t, site.contact));
    this.person.hidden = false;
    this.examples.replaceChildren(el("p", {}, this.t("examples")), el("ul", {}, ...site.examples.map((text) =>
      el("li", {}, el("button", { type: "button", class: "quiet", lang: site.language, dir: "auto", click: () => this.send(text) }, text)))));
    this.examples.hidden = !site.examples.length;
  }

  // restore shows the conversation, and looks again while a turn is open.
  async restore() {
    const { turns, tickets } = await this.session.transcript();
    this.log.replaceChildren();
    this.people.clear();
    for (const turn of turns) this.past(turn);
    this.people.show(tickets);
    this.remember.hidden = this.keep.hidden = !turns.length;
    if (turns.length) this.examples.hidden = true;
    if (turns.some((turn) => turn.state === "open")) {
      setTimeout(() => this.restore().catch((problem) => this.fail(problem)), 2000);
    }
  }

  past(turn) {
    const view = this.add(turn.question);
    this.known(view, turn.id);
    if (turn.answer) view.end(turn.answer);
    if (turn.state === "open") view.say(this.t("open"));
    if (turn.state === "lost") view.say(this.t("lost"));
    if (turn.state === "ended") this.rate(view, turn.id, turn.answer);
  }

  add(question) {
    const view = new TurnView(this.t, this.session.server, this.level, question, (text) => this.send(text));
    this.log.append(view.element);
    return view;
  }

  // known tells a view which turn it shows.
  known(view, turn) {
    this.people.turns.set(turn, view);
    view.handOver = () => this.people.handOver(turn);
  }

  rate(view, turn, answer) {
    if (answer?.people?.ticket) return; // there is nothing to rate yet
    view.rating((opinion) => this.session.feedback(turn, opinion).then((ticket) => { if (ticket) this.people.show([ticket]); }, (problem) => {
      this.fail(problem);
      throw problem;
    }));
  }

  // send asks a question. The same text that failed before keeps its key.
  async send(text) {
    if (this.sending || !text.trim()) return;
    this.busy(true);
    if (!this.pending || this.pending.text !== text) {
      this.drop();
      this.pending = { text, key: newKey(), view: null, to: !this.to.hidden && this.assistant.checked ? "assistant" : "" };
    }
    const pending = this.pending;
    pending.view = pending.view || this.add(text);
    pending.view.again();
    this.examples.hidden = this.problem.hidden = this.status.hidden = true;
    if (this.box.value === text) this.box.value = "";
    this.show(pending.view.element);
    try {
      const answer = await this.session.ask(pending, (part) => pending.view.part(part));
      this.known(pending.view, answer.turn);
      pending.view.end(answer);
      this.rate(pending.view, answer.turn, answer);
      if (answer.people?.ticket) this.people.look();
      this.pending = null;
    } catch (problem) {
      this.failed(pending, problem);
    }
    this.remember.hidden = this.keep.hidden = false;
    this.busy(false);
  }

  // failed gives the text back and offers to send it again with the same key.
  failed(pending, problem) {
    if (!pending.view.shown) this.drop();
    if (!this.box.value) this.box.value = pending.text;
    const again = problem.kind === "too_large" || problem.kind === "invalid" ? null : () => this.send(pending.text);
    this.fail(problem, again);
  }

  // drop takes a question away that got no answer.
  drop() {
    if (!this.pending || !this.pending.view || this.pending.view.shown) return;
    this.pending.view.element.remove();
    this.pending.view = null;
  }

  fail(problem, again) {
    const text = problem.message || (problem.kind === "network" ? this.t("error.network") : this.t("error.internal"));
    this.problem.replaceChildren(text);
    if (again) this.problem.append(el("button", { type: "button", click: again }, this.t("retry")));
    if (problem.contact) this.problem.append(contact(this.t, problem.contact));
    this.problem.hidden = false;
    this.problem.scrollIntoView({ block: "nearest" });
  }

  busy(on) {
    this.sending = on;
    this.button.setAttribute("aria-disabled", String(on));
  }

  // show brings a turn to the top of what scrolls.
  show(element) {
    const scrolls = this.scroller && getComputedStyle(this.scroller).overflowY !== "visible";
    if (scrolls) this.scroller.scrollTop = element.offsetTop - this.scroller.offsetTop;
    else element.scrollIntoView({ block: this.scroller ? "start" : "nearest" });
  }

  // receipt makes the button that saves a file with what was said and its proofs.
  receipt() {
    const save = async () => {
      try {
        const address = URL.createObjectURL(await this.session.receipt());
        el("a", { href: address, download: "townclerk-receipt.txt" }).click();
        setTimeout(() => URL.revokeObjectURL(address), 60000);
      } catch (problem) {
        this.fail(problem);
      }
    };
    this.keep = el("div", { class: "keep", hidden: true },
      el("button", { type: "button", class: "quiet", "aria-describedby": "receipt-hint", click: save }, this.t("receipt")),
      el("p", { class: "hint", id: "receipt-hint" }, this.t("receipt.hint")));
    return [this.keep];
  }

  // deletion makes the button that deletes the conversation, and asks first.
  deletion() {
    const t = this.t;
    const ask = (on) => { confirm.hidden = !on; this.remember.hidden = on; (on ? keep : this.remember).focus(); };
    const keep = el("button", { type: "button", click: () => ask(false) }, t("delete.no"));
    const erase = async () => {
      try {
        await this.session.erase();
      } catch (problem) {
        this.fail(problem);
        return;
      }
      this.pending = null;
      this.log.replaceChildren();
      this.people.clear();
      confirm.hidden = this.problem.hidden = this.keep.hidden = true;
      this.examples.hidden = !this.examples.querySelector("button");
      this.status.replaceChildren(t("deleted"));
      this.status.hidden = false;
      this.box.focus();
    };
    const confirm = el("div", { class: "confirm", role: "group", "aria-label": t("delete"), hidden: true }, el("p", {}, t("delete.warning")),
      el("button", { type: "button", class: "danger", click: erase }, t("delete.yes")), keep);
    this.remember = el("button", { type: "button", class: "quiet", hidden: true, click: () => ask(true) }, t("delete"));
    return [this.remember, confirm];
  }
}

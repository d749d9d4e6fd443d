// What is said between a citizen and people; people.go does the same for the page
// without a script.

// moment writes a time for people, by the agency's clock.
function moment(t, iso, zone) {
  const parts = (date) => Object.fromEntries(new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit",
    hour: "numeric", minute: "2-digit", hourCycle: "h23", weekday: "short" }).formatToParts(date).map((p) => [p.type, p.value]));
  const at = parts(new Date(iso));
  const day = (p) => `${p.year}-${p.month}-${p.day}`;
  const time = `${Number(at.hour)}:${at.minute}`;
  if (day(at) === day(parts(new Date()))) return t("at.today", { time });
  if (day(at) === day(parts(new Date(Date.now() + 86400000)))) return t("at.tomorrow", { time });
  const weekday = t("weekdays").split(" ")[["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].findIndex((d) => at.weekday.startsWith(d))];
  return t("at.day", { weekday, date: t.date(day(at)), time });
}

// A TicketView shows an inquiry that people have, and goes on with it as it changes.
class TicketView {
  constructor(t, zone, level, actions) {
    this.t = t;
    this.zone = zone;
    this.actions = actions; // address(values), end()
    this.title = el("h" + level, { tabindex: "-1" });
    this.status = el("ul", { class: "status" });
    this.said = el("ol", { class: "said" });
    this.tail = el("div", {});
    this.element = el("section", { class: "ticket" }, this.title, this.status, this.said, this.tail);
    this.shown = new Map(); // seq -> what is shown of it
  }

  update(ticket) {
    const t = this.t;
    const department = "\u2068" + ticket.name + "\u2069";
    this.title.replaceChildren(t("ticket.title", { department: ticket.name }));
    this.status.replaceChildren(...this.lines(ticket, department).map((line) => el("li", {}, line)));
    for (const m of ticket.messages) this.message(ticket, m);
    const form = `${ticket.takes}${ticket.addressed}`;
    if (form !== this.form) this.tail.replaceChildren(...this.tools(ticket));
    this.form = form;
  }

  lines(ticket, department) {
    const t = this.t;
    const out = [t("state." + ticket.state, { department })];
    if (ticket.queued) out.push(t("ticket.queued"));
    if (ticket.opens) out.push(t("ticket.opens", { when: moment(t, ticket.opens, this.zone) }));
    if (ticket.late) out.push(t("ticket.late"));
    else if (ticket.due) out.push(t("ticket.due", { when: moment(t, ticket.due, this.zone) }));
    return out;
  }

  // message shows what was said, or what became of it; nothing else is touched, so that
  // a screen reader reads what is new.
  message(ticket, m) {
    const t = this.t;
    const key = JSON.stringify(m);
    const before = this.shown.get(m.seq);
    if (before && before.key === key) return;
    const who = m.from === "clerk" ? ticket.name : m.from === "citizen" ? t("ticket.you") : "";
    const text = m.withdrawn ? "" : m.from === "system" ? t("notice." + m.notice, { department: ticket.name }) : m.text;
    const note = m.withdrawn ? t("ticket.withdrawn") : m.corrected ? t("ticket.corrected") : "";
    const item = el("li", { class: m.from === "clerk" ? "staff" : null },
      el("p", { class: "who" }, who && el("bdi", {}, who), who && ", ", el("span", {}, moment(t, m.at, this.zone))),
      text && el("p", { class: "text", dir: "auto" }, text), note && el("p", { class: "small" }, note));
    if (before) before.item.replaceWith(item);
    else this.said.append(item);
    this.shown.set(m.seq, { key, item });
  }

  tools(ticket) {
    const t = this.t;
    if (!ticket.takes) return ticket.contact ? [contact(t, ticket.contact)] : [];
    const end = el("button", { type: "button", class: "quiet", click: () => this.actions.end() }, t("end.ticket"));
    if (ticket.addressed) return [el("p", { class: "small" }, t("address.kept")), end];
    return ticket.reachable ? [this.address(), end] : [end];
  }

  address() {
    const t = this.t;
    const email = el("input", { type: "email", autocomplete: "email", maxlength: "254", dir: "ltr" });
    const phone = el("input", { type: "tel", autocomplete: "tel", maxlength: "32", dir: "ltr" });
    const consent = el("input", { type: "checkbox", required: true });
    const form = el("form", { submit: (e) => {
      e.preventDefault();
      this.actions.address({ email: email.value, phone: phone.value, consent: consent.checked });
    } }, el("label", {}, t("address.email"), " ", email), el("label", {}, t("address.phone"), " ", phone),
    el("label", {}, consent, " ", t("address.consent")), el("button", { class: "quiet" }, t("address.send")));
    return el("details", { class: "address" }, el("summary", {}, t("address.title")), form);
  }
}

// People are the inquiries of a conversation that people have. They are looked at again
// and again while one is open: often while the page is seen.
class People {
  constructor(panel) {
    this.panel = panel;
    this.views = new Map(); // ticket -> TicketView
    this.turns = new Map(); // turn -> TurnView
    this.tag = "";
  }

  show(tickets) {
    for (const ticket of tickets) {
      let view = this.views.get(ticket.id);
      if (!view) {
        view = this.add(ticket);
        this.views.set(ticket.id, view);
      }
      view.update(ticket);
    }
    const takes = tickets.some((ticket) => ticket.takes);
    this.panel.takes(takes);
    clearTimeout(this.timer);
    if (takes) this.timer = setTimeout(() => this.look(), document.hidden ? 30000 : 4000);
  }

  add(ticket) {
    const { session, t, level } = this.panel;
    const attempt = (call) => call.then(() => this.look(), (problem) => this.panel.fail(problem))
      .then(() => this.views.get(ticket.id)?.title.focus());
    const view = new TicketView(t, this.panel.site?.time_zone || "UTC", level + 1, {
      address: (values) => attempt(session.address(ticket.id, values)),
      end: () => attempt(session.end(ticket.id)),
    });
    const turn = this.turns.get(ticket.turn);
    (turn ? turn.answer : this.panel.log).append(view.element);
    turn?.handed();
    return view;
  }

  async look() {
    clearTimeout(this.timer);
    try {
      const got = await this.panel.session.tickets(this.tag);
      if (got) {
        this.tag = got.tag;
        this.show(got.tickets);
      } else {
        this.timer = setTimeout(() => this.look(), document.hidden ? 30000 : 4000);
      }
    } catch (problem) {
      if (problem.kind !== "not_found") this.timer = setTimeout(() => this.look(), 15000);
    }
  }

  async handOver(turn) {
    try {
      const ticket = await this.panel.session.handOver(turn);
      this.show([ticket]);
      this.views.get(ticket.id).title.focus();
    } catch (problem) {
      this.panel.fail(problem);
    }
  }

  clear() {
    clearTimeout(this.timer);
    this.views.clear();
    this.turns.clear();
    this.tag = "";
    this.panel.takes(false);
  }
}

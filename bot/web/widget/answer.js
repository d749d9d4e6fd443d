// How a turn is shown; view.go does the same for the page without a script.

// el makes an element. Children are elements or texts: a text is never markup.
function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name, value);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value != null) e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c != null && c !== "" && c !== false));
  return e;
}

// words returns the function that gives texts in the language that fits best.
function words(lang) {
  const base = primary(lang || "");
  const found = Object.prototype.hasOwnProperty.call(BUILT.texts, base) ? base : BUILT.fallback;
  const texts = BUILT.texts[found];
  const t = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  t.lang = found;
  t.dir = direction(found);
  t.date = (iso) => {
    const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso) || [];
    return year ? t("date", { day: Number(day), month: t("months").split(" ")[month - 1], year }) : iso;
  };
  t.in = (lang) => texts["language." + primary(lang)] || t("language.other");
  return t;
}

const primary = (lang) => lang.toLowerCase().split("-")[0];

const direction = (lang) => ["ar", "fa", "he", "ur"].includes(primary(lang)) ? "rtl" : "ltr";

// safe returns an address that may be a link, or null.
function safe(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function newTab(href, attributes, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", ...attributes }, ...children);
}

// hint tells those who do not see it that a link opens a new tab.
function hint(t) { return el("span", { class: "hidden" }, " " + t("new.tab")); }

// telephone returns the link that dials a number as it is written for people.
function telephone(number) { return el("a", { href: "tel:" + number.replace(/[^0-9+]/g, ""), dir: "ltr" }, number); }

// contact shows how to reach a person.
function contact(t, c) {
  const list = el("dl", { class: "contact" }, el("dt", {}, el("bdi", {}, c.name)));
  const add = (what, child) => list.append(el("dd", {}, el("span", { class: "what" }, t(what)), " ", child));
  if (c.phone) add("person.phone", telephone(c.phone));
  if (c.email) add("person.email", el("a", { href: "mailto:" + encodeURI(c.email), dir: "ltr" }, c.email));
  if (safe(c.url)) add("person.web", newTab(safe(c.url), { dir: "ltr" }, c.url, hint(t)));
  if (c.hours) add("person.hours", el("bdi", {}, c.hours));
  return list;
}

// A TurnView shows one question and its answer, which may arrive in parts. What
// was shown stays; what is new is added at the end.
class TurnView {
  constructor(t, server, level, question, choose) {
    this.level = level;
    this.choose = choose; // takes what is asked next
    this.noted = new Set(); // what was said beside a citation
    this.t = t;
    this.server = server;
    this.sources = new Map(); // version -> {n, title, url, ranges, at}
    this.shown = 0; // sentences
    this.known = 0; // of those that arrive next, shown in an earlier attempt
    this.waiting = el("p", { class: "waiting" }, t("working"));
    this.answer = el("div", { class: "answer" }, this.waiting);
    this.element = el("article", { class: "turn" },
      el("h" + level, { class: "you" }, el("span", { class: "what" }, t("you")), el("span", { class: "question", dir: "auto" }, question)),
      this.answer);
  }

  part(part) {
    this.waiting.remove();
    if (part.lead && !this.lead) {
      this.lead = el("p", { class: "fixed", dir: "auto" }, part.lead);
      this.answer.append(this.lead);
    }
    for (const sentence of part.sentences) {
      if (this.known > 0) this.known--;
      else this.sentence(sentence);
    }
  }

  // again prepares for the same answer from its beginning.
  again() { this.known = this.shown; }

  sentence(sentence) {
    if (!this.text) {
      this.text = el("p", { class: "sentences" });
      this.answer.append(this.text);
    }
    this.shown++;
    const lang = sentence.written ? "" : sentence.citations.findLast((c) => c.language)?.language;
    const span = el("span", { class: "sentence", lang: lang || null, dir: lang ? direction(lang) : "auto" }, sentence.text);
    this.text.append(span, " ");
    for (const c of sentence.citations) {
      span.append(" ", this.mark(c));
      this.text.append(...this.notes(c, sentence.written));
    }
  }

  // notes returns what is said beside a citation and was not yet of its page.
  notes(c, written) {
    const t = this.t;
    const date = c.reviewed && t.date(c.reviewed);
    const department = c.department && "\u2068" + c.department + "\u2069"; // whatever its direction
    const all = [
      [!written && c.language && primary(c.language) !== t.lang && t("quoted", { language: t.in(c.language) })],
      [department && date ? t("reviewed.by", { department, date }) : department || (date && t("reviewed.on", { date }))],
      [c.overdue && t("overdue", { date: t.date(c.overdue) }), " stale"],
      [c.ended && t("ended", { date: t.date(c.ended) }), " stale"],
    ].filter(([text]) => text && !this.noted.has(c.version + text));
    for (const [text] of all) this.noted.add(c.version + text);
    return all.flatMap(([text, stale = ""]) => [el("span", { class: "note" + stale }, text), " "]);
  }

  // mark returns the link from a sentence to its quote.
  mark(c) {
    const at = c.ranges[Math.min(1, c.ranges.length - 1)];
    let source = this.sources.get(c.version);
    if (!source) {
      source = { n: this.sources.size + 1, title: c.title, lang: c.language, url: c.url, ranges: [], at };
      this.sources.set(c.version, source);
    }
    source.ranges.push(...c.ranges);
    const label = this.t("source.label", { n: source.n, title: c.title }) + " " + this.t("new.tab");
    return newTab(this.href(c.version, c.ranges, at), { class: "cite", lang: this.t.lang, "aria-label": label }, "[" + source.n + "]");
  }

  // href returns the source view's address; see sourceHref in view.go.
  href(version, ranges, at) {
    const query = ranges.slice(0, 200).map((r) => `&r=${r.start}-${r.end}`).join("");
    const fragment = at ? `#r${at.start}-${at.end}` : "";
    return `${this.server}/sources/${encodeURIComponent(version)}?lang=${this.t.lang}${query}${fragment}`;
  }

  // end completes the turn from its whole answer.
  end(a) {
    this.known = 0;
    if (a.help && a.help.length) this.answer.prepend(this.help(a.help));
    this.part({ lead: a.lead, sentences: (a.sentences || []).slice(this.shown) });
    const fixed = (text) => text && this.answer.append(el("p", { class: "fixed", dir: "auto" }, text));
    fixed(a.closing);
    if (a.choices && a.choices.length) this.answer.append(this.choices(a.choices));
    const nearest = (a.nearest || []).filter((p) => safe(p.url));
    if (nearest.length) {
      this.answer.append(el("div", { class: "nearest" }, el("h" + (this.level + 1), {}, this.t("nearest")),
        el("ul", {}, ...nearest.map((p) => el("li", {}, newTab(safe(p.url), { dir: "auto" }, p.title, hint(this.t)))))));
    }
    if (a.person) this.answer.append(contact(this.t, a.person));
    if (a.people) this.people(a.people);
    if (a.redacted && a.redacted.length) this.answer.append(el("p", { class: "small" }, this.t("redacted")));
    if (a.from) this.answer.append(el("p", { class: "small" }, this.t("again")));
    if (this.sources.size) this.answer.append(this.sourceList());
  }

  // people says which people the question is for, and offers to pass it on.
  people(p) {
    if (p.elsewhere && safe(p.elsewhere.url)) {
      this.answer.append(el("p", {}, newTab(safe(p.elsewhere.url), { dir: "auto" }, p.elsewhere.title, hint(this.t))));
    }
    if (!p.offered) return;
    this.offer = el("div", { class: "offer" }, el("p", { class: "small" }, this.t("person.offer.hint")),
      el("button", { type: "button", class: "quiet", click: () => this.handOver() }, this.t("person.offer", { department: p.name })));
    this.answer.append(this.offer);
  }

  // handed takes the offer away once people have the question.
  handed() { this.offer?.remove(); }

  help(lines) {
    return el("div", { class: "help" }, el("h" + (this.level + 1), {}, this.t("help.title")),
      el("ul", {}, ...lines.map((line) => el("li", { dir: "auto" }, el("strong", {}, line.name),
        line.phone && " ", line.phone && telephone(line.phone),
        safe(line.url) && " ", safe(line.url) && newTab(safe(line.url), { dir: "ltr" }, line.url, hint(this.t)),
        line.text && " ", line.text && el("span", {}, line.text)))));
  }

  choices(choices) {
    return el("div", { class: "choices", role: "group", "aria-label": this.t("choices.label") }, el("ul", {}, ...choices.map((c) =>
      el("li", {}, el("button", { type: "button", class: "quiet", dir: "auto", click: () => this.choose(c.question) }, c.label)))));
  }

  sourceList() {
    const list = el("ol");
    for (const [version, s] of this.sources) {
      const item = el("li", {}, newTab(this.href(version, s.ranges, s.at), { lang: s.lang, dir: "auto" }, s.title, hint(this.t)));
      if (safe(s.url)) {
        const label = this.t("live.label", { title: s.title }) + " " + this.t("new.tab");
        item.append(el("span", { class: "live" }, " (", newTab(safe(s.url), { "aria-label": label }, this.t("live")), ")"));
      }
      list.append(item);
    }
    return el("div", { class: "sources" }, el("h" + (this.level + 1), {}, this.t("sources")), list);
  }

  // say ends the turn with one of our own sentences.
  say(text) {
    this.waiting.remove();
    this.answer.append(el("p", { class: "small" }, text));
  }

  // rating adds the question whether the answer helped; send takes
  // {helpful, wrong, comment} and returns a promise.
  rating(send) {
    const t = this.t;
    const group = el("div", { class: "helpful", role: "group", "aria-label": t("helpful.label") }, el("span", {}, t("helpful.label")));
    const thank = (focus) => {
      const thanks = el("p", { class: "small", tabindex: "-1" }, t("helpful.thanks"));
      group.replaceWith(thanks);
      if (focus) thanks.focus();
    };
    const rate = async (opinion) => {
      await send(opinion);
      if (opinion.helpful) thank(true);
      else group.replaceChildren(...comment());
      group.querySelector("textarea")?.focus();
    };
    const comment = () => {
      const label = el("label", {}, t("comment.label"));
      const box = el("textarea", { rows: "2", dir: "auto" });
      label.append(box);
      const done = async () => { if (box.value.trim()) await send({ helpful: false, comment: box.value }); thank(true); };
      return [el("p", {}, t("helpful.thanks")), label, el("button", { type: "button", class: "quiet", click: done }, t("comment.send"))];
    };
    const opinions = { "helpful.yes": { helpful: true }, "helpful.no": { helpful: false }, "helpful.wrong": { helpful: false, wrong: true } };
    group.append(...Object.entries(opinions).map(([name, opinion]) =>
      el("button", { type: "button", class: "quiet", click: () => rate(opinion) }, t(name))));
    this.answer.append(group);
  }
}

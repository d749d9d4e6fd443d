// <townclerk-chat> is the assistant. On an agency's page it is a button that
// opens a panel; with the attribute "page" it is the conversation itself.
//
//   server  the assistant's origin; default: where this script came from
//   lang    the language of the page around it; default: the document's
//   open    the panel is open at first
//
// What is inside the element is shown where this script cannot run: put a link
// to the chat page there.
const ORIGIN = (() => {
  const script = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  return script ? new URL(script.src).origin : location.origin;
})();

class TownclerkChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const lang = this.getAttribute("lang") || document.documentElement.lang || navigator.language;
    this.t = words(lang);
    this.session = new Session(this.origin(), lang);
    this.panel = new Panel(this.t, this.session, this.hasAttribute("page") ? 2 : 3);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BUILT.style);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    this.root = el("div", { class: "root", lang: this.t.lang, dir: this.t.dir });
    shadow.append(this.root);
    if (this.hasAttribute("page")) this.fillPage();
    else this.fillDialog();
  }

  origin() {
    const given = safe(this.getAttribute("server"));
    return given ? new URL(given).origin : ORIGIN;
  }

  // fillPage takes the place of the plain form, and keeps what was typed there.
  fillPage() {
    const p = this.panel;
    const plain = this.querySelector("textarea");
    const typing = plain && plain === document.activeElement;
    if (plain) p.box.value = plain.value;
    p.person.open = true;
    this.replaceChildren();
    this.root.append(p.disclosure, p.examples, p.log, p.status, p.form, p.tools);
    if (typing) p.box.focus();
    p.load();
  }

  fillDialog() {
    const t = this.t;
    const p = this.panel;
    this.launch = el("button", { type: "button", class: "launch", "aria-haspopup": "dialog", "aria-expanded": "false", click: () => this.open() }, t("launch"));
    const close = el("button", { type: "button", click: () => this.close() }, t("close"));
    this.heading = el("h2", { id: "title" }, t("launch"));
    p.scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": t("log.label") }, p.examples, p.log, p.status, p.tools);
    this.dialog = el("dialog", { "aria-labelledby": "title",
      keydown: (e) => { if (e.key === "Escape") { e.preventDefault(); this.close(); } },
      cancel: (e) => { e.preventDefault(); this.close(); } },
    el("div", { class: "bar" }, this.heading, close), p.disclosure, p.scroller, p.form);
    this.root.append(this.launch, this.dialog);
    if (this.hasAttribute("open")) this.open(false);
  }

  // open shows the panel. On a small screen it covers the page, and is modal.
  open(focus = true) {
    if (this.dialog.open) return;
    if (matchMedia("(max-width: 40em)").matches) this.dialog.showModal();
    else this.dialog.show();
    this.launch.hidden = true;
    this.launch.setAttribute("aria-expanded", "true");
    if (focus) this.panel.box.focus();
    if (!this.loaded) this.load();
  }

  async load() {
    this.loaded = true;
    await this.panel.load();
    if (this.panel.site) this.heading.replaceChildren(this.t("ask.title", { agency: this.panel.site.agency }));
  }

  // close hides the panel; the focus goes back to the button that opened it.
  close() {
    this.dialog.close();
    this.launch.hidden = false;
    this.launch.setAttribute("aria-expanded", "false");
    this.launch.focus();
  }
}

// Without constructed style sheets the page's own content stays, which works.
if ("adoptedStyleSheets" in Document.prototype && !customElements.get("townclerk-chat")) {
  customElements.define("townclerk-chat", TownclerkChat);
}

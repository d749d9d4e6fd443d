// Asks whether there is something new on this page, and says so. It loads nothing by
// itself: the focus, and what was typed, stay as they are.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const every = 8000;
  let timer;
  const say = (text, href) => {
    if (live.dataset.said === text) return;
    live.dataset.said = text;
    live.textContent = text + " ";
    const a = document.createElement("a");
    a.href = href;
    a.textContent = "Load the page again";
    live.append(a);
  };
  async function look() {
    clearTimeout(timer);
    let again = true;
    try {
      const got = await fetch(live.dataset.address, { headers: { "If-None-Match": live.dataset.version }, cache: "no-store" });
      if (got.status === 403 || got.status === 404) {
        say("This page is out of reach now: you were signed out, or it is with others.", location.pathname);
        again = false;
      } else if (got.ok && (await got.text()) !== live.dataset.version) {
        say("There is something new.", location.pathname + location.search.replace(/[?&](did|suggested)=[^&]*/g, ""));
        again = false;
      }
    } catch { /* the server is out of reach: ask again later */ }
    if (again) timer = setTimeout(look, every);
  }
  document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : live.dataset.said || look());
  timer = setTimeout(look, every);
})();

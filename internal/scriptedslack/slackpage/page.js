// Brings what is new every second, unless someone is writing.
"use strict";
let seen = "";

function writing() {
  if (document.querySelector("main details[open]") || document.activeElement?.closest("select, fieldset")) return true;
  return [...document.querySelectorAll("main textarea, main input:not([type])")].some((f) => f.value !== f.defaultValue);
}

setInterval(async () => {
  const parts = ["channels", "main"];
  if (document.hidden || writing()) return;
  try {
    const res = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await res.text(), "text/html");
    const now = parts.map((id) => page.getElementById(id)?.innerHTML).join();
    if (!res.ok || now === seen || writing()) return; // who began to write meanwhile goes on
    const first = seen === "";
    seen = now;
    if (first && parts.every((id) => document.getElementById(id).innerHTML === page.getElementById(id).innerHTML)) return;
    const focus = document.activeElement?.id;
    for (const id of parts) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  } catch { /* the server is away: the next second asks again */ }
}, 1000);

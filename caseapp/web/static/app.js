// Small acts on every page. Everything works without this file except copying and the picture viewer.
(() => {
  "use strict";
  const fields = "input, textarea, select, [contenteditable]";

  // Copy buttons: data-copy holds the text, data-done the word shown afterwards.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const word = button.querySelector(".word") || button;
    const before = word.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      if (button.dataset.done && word !== button) word.textContent = button.dataset.done;
      document.getElementById("live").textContent = button.dataset.done || "";
      window.setTimeout(() => { if (word !== button) word.textContent = before; }, 2000);
    } catch {
      const range = document.createRange();
      const shown = document.getElementById(button.getAttribute("aria-controls"));
      if (shown) { range.selectNodeContents(shown); window.getSelection().removeAllRanges(); window.getSelection().addRange(range); }
    }
  });

  // A second click on a submit button sends nothing: the first answer decides.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  // Single keys act outside fields only; each has a visible control with data-key.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(fields)) return;
    const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!control || document.documentElement.dataset.keys === "off") return;
    event.preventDefault();
    if (control.matches(fields)) control.focus(); else control.click();
  });

  // Menus close on Escape and on a click elsewhere.
  const menus = () => document.querySelectorAll("details.who-menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
})();

// Small acts on every page. Everything works without this file except copying and the picture viewer.
(() => {
  "use strict";

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

  // A form that has just come with a swap is htmx's a moment later; sent by a key before that, the page would load anew.
  document.addEventListener("submit", (event) => { if (event.target.matches("[hx-boost]")) window.htmx?.process(event.target); }, true);

  // A second click on a submit button sends nothing: the first answer decides.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
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

  // A chosen filter applies at once; without this file its button does it.
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });

  // A button that is blocked says why instead of acting.
  document.addEventListener("click", (event) => {
    const blocked = event.target.closest("[aria-disabled=true]");
    if (!blocked) return;
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("live").textContent = blocked.title;
  }, true);
})();

// The keyboard: single keys act outside fields only, each has a visible control, and they can be switched off.
(() => {
  "use strict";
  const fields = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
  const GO = 1500;
  let went = 0;

  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
  const current = () => document.querySelector("[data-row][aria-current=true], [data-row].on");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))] || all[0];
    all.forEach((row) => row.classList.toggle("on", row === next));
    if (!next.matches("a, button, [tabindex]")) next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    next.dispatchEvent(new CustomEvent("bw:row", { bubbles: true }));
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (dialog?.open) dialog.close(); else dialog?.showModal();
  }

  function press(key) {
    const quoted = `[data-key="${CSS.escape(key)}"]`;
    const control = current()?.querySelector(quoted) || document.querySelector(quoted);
    if (!control || control.offsetParent === null) return false;
    if (control.matches("input, textarea, select")) control.focus(); else control.click();
    return true;
  }

  function enter() {
    const row = current();
    if (!row || (document.activeElement !== row && document.activeElement !== document.body)) return false;
    const control = row.querySelector("[data-default]") || row.querySelector("a[href]");
    control?.click();
    return Boolean(control);
  }

  const acts = {
    j: () => move(1),
    k: () => move(-1),
    x: () => { const box = current()?.querySelector("input[type=checkbox]"); if (box) box.click(); return Boolean(box); },
    "?": help,
    Enter: enter,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.documentElement.dataset.keys === "off" || event.target.closest?.(fields)) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (went && Date.now() - went < GO) {
      went = 0;
      const place = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (place) { event.preventDefault(); place.click(); return; }
    }
    if (key === "g") { went = Date.now(); return; }
    const act = acts[key];
    if (act ? act() !== false : press(key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys-help]")) help(); });
})();

// The inbox by keyboard: moving opens the lead beside the list, a digit leads to the reason, Enter records.
(() => {
  "use strict";
  const PAUSE = 120;
  let timer = 0;
  let chosen = null; // the form in which a judgement was chosen since the page last changed

  document.addEventListener("bw:row", (event) => {
    const row = event.target.closest(".lead");
    const side = document.getElementById("lead");
    if (!row || !side || side.offsetParent === null || row.getAttribute("aria-current") === "true") return;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => row.querySelector("h2 a")?.click(), PAUSE);
  });

  // A judgement chosen: its reason is what is asked next.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#judge [name=verdict]")) return;
    chosen = event.target.form;
    document.querySelector("#judge [name=reason]")?.focus();
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("#judge [name=reason]");
    if (!field || event.isComposing) return;
    if (event.key === "Escape") { field.blur(); return; }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    event.preventDefault();
    field.form.requestSubmit();
  });

  // Many leads at once: what is ticked stays ticked while rows come anew; Shift ticks everything between.
  const ticks = () => [...document.querySelectorAll(".pick-lead input")];
  let kept = new Set();
  let from = null;

  function counted() {
    kept = new Set(ticks().filter((box) => box.checked).map((box) => box.value));
    const place = document.querySelector("#many [data-count]");
    if (place) place.textContent = kept.size || "";
    document.querySelectorAll("#many [data-scripted]").forEach((button) => { button.hidden = false; });
  }

  document.addEventListener("click", (event) => {
    const all = event.target.closest("#many [data-all], #many [data-none]");
    if (all) {
      ticks().forEach((box) => { box.checked = all.matches("[data-all]"); });
      counted();
      return;
    }
    const box = event.target.closest(".pick-lead input");
    if (!box) return;
    const listed = ticks();
    const at = listed.indexOf(box);
    const start = listed.findIndex((one) => one.value === from);
    if (event.shiftKey && start >= 0) {
      for (const one of listed.slice(Math.min(at, start), Math.max(at, start) + 1)) one.checked = box.checked;
    }
    from = box.value;
    counted();
  });

  // Done: the page that comes has nothing ticked. Refused: the ticks are still on the page.
  document.addEventListener("submit", (event) => { if (event.target.id === "many") kept = new Set(); });
  document.addEventListener("htmx:after:swap", () => {
    ticks().forEach((box) => { if (kept.has(box.value)) box.checked = true; });
    counted();
  });
  counted();

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href="#paste"]');
    const box = document.getElementById("paste");
    if (!link || !box) return;
    box.open = true;
    event.preventDefault();
    box.scrollIntoView({ block: "start" });
    box.querySelector("textarea").focus();
  });

  // A lead opened by J or K stays in sight. After a judgement the next lead has the keys, not its empty reason; but a
  // judgement chosen before the timer runs keeps its reason.
  document.addEventListener("htmx:after:swap", () => {
    chosen = null;
    window.setTimeout(() => {
      const row = document.querySelector(".lead.cur");
      row?.scrollIntoView({ block: "nearest" });
      const held = document.activeElement;
      if (!held?.matches("#judge [name=reason]") || held.value || held.getAttribute("aria-invalid")) return;
      if (held.form === chosen) return;
      const next = row && row.offsetParent !== null ? row : document.getElementById("main");
      if (next === row) row.tabIndex = -1;
      next?.focus({ preventScroll: true });
    }, 0);
  });
})();

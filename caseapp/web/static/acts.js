// Small acts without loading the page anew, drafts that survive, and signing in over the page. Without this file
// every form is a plain form.
(() => {
  "use strict";
  const WAIT = 800;
  const boosted = "form[hx-boost]";
  const say = (text) => { const live = document.getElementById("live"); if (live) live.textContent = text; };
  const owner = () => document.getElementById("again")?.dataset.login || "";
  const csrf = () => document.querySelector("input[name=csrf_token]")?.value || "";

  // --- signing in over the page -----------------------------------------------------------------------------------
  let waiting = null; // the form whose act met an ended session

  async function signInAgain(form) {
    const dialog = document.getElementById("again");
    waiting = form || waiting;
    if (dialog.open) return;
    const answer = await fetch(dialog.dataset.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    dialog.innerHTML = await answer.text();
    dialog.querySelector("[name=login]").value = owner();
    dialog.showModal();
    dialog.querySelector("[name=password]").focus();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("#again form");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin",
      headers: { "HX-Request": "true", Accept: "application/json, text/html;q=0.5" },
    });
    const told = form.querySelector("[role=alert]");
    const type = answer.headers.get("Content-Type") || "";
    if (!answer.ok || !type.includes("json")) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      told.textContent = page.querySelector("[role=alert] .grow")?.textContent || answer.statusText;
      told.hidden = false;
      return;
    }
    const { csrf: fresh, login } = await answer.json();
    if (login !== owner()) { window.location.assign("/"); return; }
    document.querySelectorAll("input[name=csrf_token]").forEach((field) => { field.value = fresh; });
    document.getElementById("again").close();
    const again = waiting;
    waiting = null;
    if (again?.isConnected) again.requestSubmit(again.bwSubmitter?.isConnected ? again.bwSubmitter : undefined);
  }, true);

  document.addEventListener("click", (event) => { event.target.closest("[data-close]")?.closest("dialog")?.close(); });

  document.addEventListener("submit", (event) => {
    if (event.target.matches(boosted)) event.target.bwSubmitter = event.submitter;
  }, true);

  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status !== 401) return;
    event.preventDefault();
    signInAgain(ctx.sourceElement.closest("form"));
  });

  // What takes longer than a blink says that it is under way: the part of the page that will change is busy.
  const BLINK = 250;
  const partOf = (ctx) => (ctx.target instanceof Element ? ctx.target : document.getElementById("main"));
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const place = partOf(ctx);
    ctx.bwBusy = { place, timer: window.setTimeout(() => place?.setAttribute("aria-busy", "true"), BLINK) };
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    window.clearTimeout(ctx.bwBusy?.timer);
    ctx.bwBusy?.place?.removeAttribute("aria-busy");
  });

  // No answer at all: nothing was lost, and the page says so.
  document.addEventListener("htmx:error", (event) => {
    const box = document.getElementById("toasts");
    const text = document.documentElement.dataset.offline;
    if (!box || !text || !event.detail.ctx || event.detail.ctx.response) return;
    box.innerHTML = '<div class="alert-line danger" role="alert"><span class="grow"></span></div>';
    box.querySelector(".grow").textContent = text;
    const form = event.detail.ctx.sourceElement?.closest?.("form");
    if (!form) return;
    if (keyOf(form)) keep(form); // its timer was stopped when it was sent
    delete form.dataset.sent; // sent again it carries the same once-only token: done once, whatever arrived
    const again = document.createElement("button");
    again.type = "button";
    again.className = "b b-s";
    again.textContent = document.documentElement.dataset.retry;
    again.addEventListener("click", () => {
      box.replaceChildren();
      if (form.isConnected) form.requestSubmit(form.bwSubmitter?.isConnected ? form.bwSubmitter : undefined);
    });
    box.firstElementChild.append(again);
  });

  // --- drafts -----------------------------------------------------------------------------------------------------
  const timers = new Map(); // the forms whose last words are not kept yet
  const keyOf = (form) => form.querySelector("input[name=draft]")?.value;
  const local = (key) => `bw-draft:${owner()}:${key}`;
  const skipped = new Set(["csrf_token", "once", "draft", "version"]);

  function settle(form) {
    window.clearTimeout(timers.get(form));
    timers.delete(form);
  }

  function typed(form) {
    const values = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !skipped.has(name)) values[name] = name in values ? `${values[name]}\n${value}` : value;
    }
    return values;
  }

  function status(form, text) {
    const place = form.querySelector("[data-saved]");
    if (place) place.textContent = text;
  }

  async function keep(form) {
    const key = keyOf(form);
    const values = typed(form);
    const words = form.querySelector("[data-saved]")?.dataset || {};
    try {
      const answer = await fetch("/drafts/", {
        method: "POST", credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), "HX-Request": "true", Accept: "application/json" },
        body: JSON.stringify({ key, values }),
      });
      if (answer.status === 401) { window.localStorage.setItem(local(key), JSON.stringify(values)); signInAgain(null); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      window.localStorage.removeItem(local(key));
      status(form, `${words.saved || ""} ${(await answer.json()).at}`);
    } catch {
      window.localStorage.setItem(local(key), JSON.stringify(values));
      status(form, words.local || "");
    }
  }

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !keyOf(form)) return;
    form.dataset.touched = "1";
    settle(form);
    timers.set(form, window.setTimeout(() => { settle(form); keep(form); }, WAIT));
  });

  document.addEventListener("submit", (event) => settle(event.target), true);

  // whoever leaves faster than the timer finds the words in this browser
  window.addEventListener("pagehide", () => {
    for (const form of timers.keys()) window.localStorage.setItem(local(keyOf(form)), JSON.stringify(typed(form)));
  });

  async function restore(form) {
    if (form.dataset.restored || form.dataset.touched) return;
    form.dataset.restored = "1";
    const key = keyOf(form);
    let found = null;
    const here = window.localStorage.getItem(local(key));
    if (here) found = { values: JSON.parse(here), at: "" };
    else {
      const answer = await fetch(`/drafts/?key=${encodeURIComponent(key)}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.status === 200) found = await answer.json();
    }
    if (!found || form.dataset.touched) return;
    const now = typed(form);
    if (Object.entries(found.values).every(([name, value]) => now[name] === value)) return;
    for (const [name, value] of Object.entries(found.values)) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "checkbox" || field.type === "radio") field.checked = value.split("\n").includes(field.value);
        else if (field.type !== "hidden" && field.type !== "file") field.value = value;
      }
    }
    const words = form.querySelector("[data-saved]")?.dataset || {};
    status(form, `${words.restored || ""} ${found.at}`);
    const drop = form.querySelector("[data-drop-draft]");
    if (drop) drop.hidden = false;
    say(words.restored || "");
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-drop-draft]");
    if (!button) return;
    const form = button.closest("form");
    window.localStorage.removeItem(local(keyOf(form)));
    await fetch("/drafts/drop", { method: "POST", credentials: "same-origin", headers: { "HX-Request": "true" },
      body: new URLSearchParams({ csrf_token: csrf(), key: keyOf(form) }) });
    form.reset();
    status(form, "");
    button.hidden = true;
  });

  const restoreAll = () => document.querySelectorAll("form").forEach((form) => { if (keyOf(form)) restore(form); });
  document.addEventListener("htmx:after:swap", restoreAll);
  restoreAll();
})();

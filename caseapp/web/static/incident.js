// A link to something folded opens it; without this file the fold opens by hand.
(() => {
  "use strict";
  const open = (hash) => {
    const fold = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    if (!fold?.matches("details")) return;
    fold.open = true;
    fold.scrollIntoView({ block: "center" });
    (fold.querySelector("input:not([type=hidden]), textarea, select") || fold.querySelector("summary")).focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) window.setTimeout(() => open(link.hash), 0);
  });
  open(window.location.hash);
})();

// Choosing several posts: how many are chosen and which of them enter no notice. Without it the boxes still work.
(() => {
  "use strict";
  const boxes = (form) => [...form.querySelectorAll("input[name=post]")];

  function tell(form) {
    const all = boxes(form);
    const chosen = all.filter((box) => box.checked);
    const barred = chosen.filter((box) => box.dataset.why);
    const place = form.querySelector("[data-chosen]");
    const words = place.dataset;
    const reasons = [...new Set(barred.map((box) => box.dataset.why))].join("、");
    const some = words.some.replace("{n}", chosen.length);
    place.textContent = !chosen.length ? words.none
      : barred.length ? `${some}，${words.barred.replace("{n}", barred.length).replace("{why}", reasons)}` : some;
    form.querySelector("[data-bulk]").classList.toggle("on", chosen.length > 0);
    const whole = form.querySelector("[data-all]");
    whole.checked = chosen.length > 0 && chosen.length === all.length;
    whole.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-choose]");
    if (!form) return;
    if (event.target.matches("[data-all]")) boxes(form).forEach((box) => { box.checked = event.target.checked; });
    tell(form);
  });
  const begin = () => document.querySelectorAll("[data-choose]").forEach(tell);
  document.addEventListener("htmx:after:swap", begin);
  begin();
})();

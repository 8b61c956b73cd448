// The page that makes a redacted copy: masks shown as they will be, rectangles drawn by mouse, pen or finger.
(() => {
  "use strict";
  const form = document.getElementById("redact");
  if (!form) return;

  // The text as the copy will have it.
  const marks = [...form.querySelectorAll("mark[data-find]")].map((mark) => ({ mark, plain: mark.textContent }));
  const cover = () => {
    const ticked = new Set([...form.querySelectorAll("input[name=find]:checked")].map((box) => box.value));
    marks.forEach(({ mark, plain }) => {
      mark.textContent = ticked.has(mark.dataset.find) ? "█".repeat([...plain].length) : plain;
    });
  };

  const host = document.getElementById("viewer");
  const rows = document.getElementById("rows");
  const told = document.getElementById("drawn");
  const width = host ? Number(host.dataset.width) : 0, height = host ? Number(host.dataset.height) : 0;
  const sides = ["left", "top", "width", "height"];
  const typed = (row) => sides.map((name) => row.querySelector(`[name=${name}]`).value.trim());
  const boxes = () => {
    const ticked = [...form.querySelectorAll("input[name=place]:checked")].map((box) => box.value.split(":").slice(0, 4));
    const drawn = rows ? [...rows.querySelectorAll("fieldset")].map(typed) : [];
    return [...ticked, ...drawn].filter((box) => box.every((side) => /^[0-9]{1,9}$/.test(side))).map((box) => box.map(Number))
      .filter(([left, top, wide, high]) => wide && high && left + wide <= width && top + high <= height);
  };
  let shown = [];
  const paint = () => {
    cover();
    const viewer = host && host.osd;
    if (!viewer || !viewer.world.getItemCount()) return;
    const { Rect } = window.OpenSeadragon;
    shown.forEach((element) => viewer.removeOverlay(element));
    shown = boxes().map(([left, top, wide, high]) => {
      const element = document.createElement("span");
      element.className = "veil";
      viewer.addOverlay({ element, location: new Rect(left / width, top / width, wide / width, high / width) });
      return element;
    });
    told.textContent = `${told.dataset.words} ${shown.length}`;
  };
  form.addEventListener("input", paint);
  form.addEventListener("change", paint);

  const enter = (box) => {
    let row = [...rows.querySelectorAll("fieldset")].find((one) => typed(one).every((side) => !side));
    if (!row) {
      row = rows.querySelector("fieldset").cloneNode(true);
      row.querySelectorAll("input").forEach((field) => { field.value = ""; });
      rows.append(row);
    }
    sides.forEach((name, n) => { row.querySelector(`[name=${name}]`).value = String(box[n]); });
    paint();
  };

  const drawing = (viewer) => {
    const button = document.getElementById("draw"), canvas = host.querySelector(".canvas");
    const { Point, Rect } = window.OpenSeadragon;
    let from = null, rubber = null;
    button.hidden = false;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      viewer.setMouseNavEnabled(!on);
      host.classList.toggle("drawing", on);
    });
    const at = (event) => {
      const pane = canvas.getBoundingClientRect();
      const point = viewer.viewport.viewerElementToImageCoordinates(new Point(event.clientX - pane.left, event.clientY - pane.top));
      return [Math.min(Math.max(point.x, 0), width), Math.min(Math.max(point.y, 0), height)];
    };
    const box = (to) => {
      const left = Math.floor(Math.min(from[0], to[0])), top = Math.floor(Math.min(from[1], to[1]));
      return [left, top, Math.ceil(Math.max(from[0], to[0])) - left, Math.ceil(Math.max(from[1], to[1])) - top];
    };
    const drop = () => { if (rubber) viewer.removeOverlay(rubber); rubber = null; from = null; };
    canvas.addEventListener("pointerdown", (event) => {
      if (button.getAttribute("aria-pressed") !== "true" || event.button) return;
      event.preventDefault();
      event.stopPropagation();
      canvas.setPointerCapture(event.pointerId);
      from = at(event);
      rubber = document.createElement("span");
      rubber.className = "veil rubber";
      viewer.addOverlay({ element: rubber, location: new Rect(from[0] / width, from[1] / width, 0, 0) });
    }, true);
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const [left, top, wide, high] = box(at(event));
      viewer.updateOverlay(rubber, new Rect(left / width, top / width, wide / width, high / width));
    }, true);
    canvas.addEventListener("pointerup", (event) => {
      if (!from) return;
      const made = box(at(event));
      drop();
      if (made[2] > 1 && made[3] > 1) enter(made);
    }, true);
    canvas.addEventListener("pointercancel", drop, true);
  };
  if (host && host.osd) {
    const ready = () => { drawing(host.osd); paint(); };
    if (host.dataset.ready) ready(); else host.osd.addOnceHandler("open", ready);
  }
  cover();
})();

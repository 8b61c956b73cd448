// The screenshot on paper: at full length, strip by strip, each with its range of pixels. Fetched only when somebody
// prints, and printing waits for it. Without this file the paper says what the page says, without the picture.
(() => {
  "use strict";
  const host = document.getElementById("viewer");
  if (!host) return;
  const SVG = "http://www.w3.org/2000/svg";
  const SHEET = 178, FULL = 235, FIRST = 175; // mm: width of a strip, its height, and below the head of the first sheet
  const data = host.dataset;
  const width = Number(data.width), height = Number(data.height), tile = Number(data.tile);
  const number = new Intl.NumberFormat("en");
  let ready = null;

  function part(column, row) {
    const image = document.createElementNS(SVG, "image");
    const wide = Math.min(tile, width - column * tile), high = Math.min(tile, height - row * tile);
    for (const [name, value] of Object.entries({ x: column * tile, y: row * tile, width: wide, height: high })) image.setAttribute(name, value);
    image.setAttribute("preserveAspectRatio", "none");
    const loaded = new Promise((done) => { image.addEventListener("load", done); image.addEventListener("error", done); });
    image.setAttribute("href", `${data.base}/0/${column}/${row}.jpg`);
    return [image, loaded];
  }

  function strip(from, to, waiting) {
    const figure = document.createElement("figure");
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("viewBox", `0 ${from} ${width} ${to - from}`);
    for (let row = Math.floor(from / tile); row * tile < to; row += 1) {
      for (let column = 0; column * tile < width; column += 1) {
        const [image, loaded] = part(column, row);
        picture.append(image);
        waiting.push(loaded);
      }
    }
    const caption = document.createElement("figcaption");
    caption.textContent = `${number.format(from)}–${number.format(to)} / ${number.format(height)} px`;
    figure.append(picture, caption);
    return figure;
  }

  function prepare() {
    if (ready) return ready;
    const paper = document.createElement("div");
    paper.className = "on-paper";
    paper.setAttribute("aria-hidden", "true");
    const waiting = [];
    for (let from = 0, to; from < height; from = to) {
      to = Math.min(height, from + Math.floor((width * (from ? FULL : FIRST)) / SHEET));
      paper.append(strip(from, to, waiting));
    }
    host.after(paper);
    ready = Promise.all(waiting);
    return ready;
  }

  const print = async () => { await prepare(); window.print(); };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-print]")) return;
    event.stopPropagation();
    print();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "p") return;
    event.preventDefault();
    print();
  });
})();

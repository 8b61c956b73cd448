// The screenshot of an evidence page: deep zoom over tiles the server cuts, field boxes, a map of the whole page.
(() => {
  "use strict";
  const host = document.getElementById("viewer");
  if (!host || !window.OpenSeadragon) return;
  const data = host.dataset;
  const width = Number(data.width), height = Number(data.height), tile = Number(data.tile);
  const top = Math.ceil(Math.log2(Math.max(width, height)));
  const boxes = JSON.parse(data.boxes || "[]");
  const tileAt = (level, column, row) => `${data.base}/${level}/${column}/${row}.jpg`;

  // OpenSeadragon would write its own style element, which the page's policy forbids; app.css holds those rules.
  const own = document.createElement("style");
  own.nonce = document.currentScript.nonce;
  own.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(own);

  // A short page needs no tall window: no empty desk below it.
  const needed = Math.max(320, Math.ceil((host.querySelector(".canvas").clientWidth * height) / width));
  if (needed < host.clientHeight) host.style.blockSize = `${needed}px`;

  const viewer = window.OpenSeadragon({
    element: host.querySelector(".canvas"),
    drawer: "canvas",
    showNavigationControl: false,
    visibilityRatio: 0.9,
    constrainDuringPan: true,
    minZoomImageRatio: 0.2,
    maxZoomPixelRatio: 3,
    animationTime: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.4,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, scrollToZoom: false },
    tileSources: {
      width, height, tileSize: tile, tileOverlap: 0, minLevel: Math.max(0, top - 8), maxLevel: top,
      getTileUrl: (level, column, row) => tileAt(top - level, column, row),
    },
  });
  host.osd = viewer;
  const { Point, Rect } = window.OpenSeadragon;
  const pane = () => viewer.viewport.getContainerSize();

  const zoomText = document.getElementById("zoom");
  const say = () => {
    const ratio = viewer.world.getItemAt(0).viewportToImageZoom(viewer.viewport.getZoom(true));
    zoomText.textContent = `${Math.round(ratio * 100)}%`;
  };
  const atTop = () => {
    viewer.viewport.fitBounds(new Rect(0, 0, 1, pane().y / pane().x), true);
    say();
  };

  // The map: the whole page small, a frame around what is shown; a click goes there.
  const map = host.querySelector(".map");
  const frame = document.createElement("i");
  const scale = Math.min(56 / width, (map.clientHeight - 16) / height);
  const drawMap = () => {
    const level = Math.min(8, Math.max(0, Math.floor(Math.log2(1 / scale))));
    const span = tile * 2 ** level;
    const sheet = document.createElement("div");
    sheet.style.width = `${width * scale}px`;
    sheet.style.height = `${height * scale}px`;
    for (let row = 0; row * span < height; row += 1) {
      for (let column = 0; column * span < width; column += 1) {
        const part = document.createElement("img");
        part.alt = "";
        part.src = tileAt(level, column, row);
        part.style.left = `${column * span * scale}px`;
        part.style.top = `${row * span * scale}px`;
        part.style.width = `${Math.min(span, width - column * span) * scale}px`;
        sheet.append(part);
      }
    }
    sheet.append(frame);
    map.append(sheet);
    sheet.addEventListener("click", (event) => {
      const at = (event.clientY - sheet.getBoundingClientRect().top) / scale / width;
      viewer.viewport.panTo(new Point(viewer.viewport.getCenter().x, at));
      viewer.viewport.applyConstraints();
    });
  };
  const follow = () => {
    const seen = viewer.viewport.getBounds(true);
    const first = Math.max(0, seen.y) * width * scale;
    const last = Math.min(height / width, seen.y + seen.height) * width * scale;
    frame.style.top = `${first}px`;
    frame.style.height = `${Math.max(4, last - first)}px`;
  };

  viewer.addHandler("open", () => {
    atTop();
    if (map.clientWidth) drawMap();
    follow();
    host.dataset.ready = "1";
    boxes.forEach((box, index) => {
      const mark = document.createElement("span");
      mark.className = "fb osd";
      mark.dataset.n = String(index + 1);
      mark.title = box.label;
      viewer.addOverlay({ element: mark, location: new Rect(box.x / width, box.y / width, box.width / width, box.height / width) });
    });
  });
  viewer.addHandler("update-viewport", () => { say(); follow(); });

  // The wheel reads down the page; with Ctrl it zooms. Buttons do the same for keyboards.
  viewer.addHandler("canvas-scroll", (event) => {
    event.preventDefault = true;
    const view = viewer.viewport, original = event.originalEvent;
    original.preventDefault();
    if (original.ctrlKey) view.zoomBy(event.scroll > 0 ? 1.2 : 1 / 1.2, view.pointFromPixel(event.position));
    else view.panBy(view.deltaPointsFromPixels(new Point(original.deltaX, original.deltaY)));
    view.applyConstraints();
  });
  const acts = {
    in: () => viewer.viewport.zoomBy(1.4),
    out: () => viewer.viewport.zoomBy(1 / 1.4),
    top: atTop,
    full: () => viewer.setFullScreen(!viewer.isFullPage()),
    boxes: (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      host.classList.toggle("plain", !on);
    },
  };
  document.querySelectorAll("[data-view]").forEach((button) => {
    button.addEventListener("click", () => { acts[button.dataset.view](button); viewer.viewport.applyConstraints(); });
  });
})();

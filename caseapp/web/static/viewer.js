// The screenshot of an evidence page: deep zoom over tiles the server cuts, field boxes, a map of the whole page.
(() => {
  "use strict";
  const host = document.getElementById("viewer");
  if (!host || !window.OpenSeadragon) return;
  const data = host.dataset;
  const width = Number(data.width), height = Number(data.height), tile = Number(data.tile);
  const top = Math.ceil(Math.log2(Math.max(width, height)));
  const boxes = JSON.parse(data.boxes || "[]");

  const viewer = window.OpenSeadragon({
    element: host.querySelector(".canvas"),
    drawer: "canvas",
    showNavigationControl: false,
    showNavigator: true,
    navigatorElement: host.querySelector(".map"),
    navigatorMaintainSizeRatio: false,
    navigatorAutoResize: true,
    visibilityRatio: 0.9,
    constrainDuringPan: true,
    minZoomImageRatio: 0.2,
    maxZoomPixelRatio: 3,
    animationTime: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.4,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, scrollToZoom: false },
    tileSources: {
      width, height, tileSize: tile, tileOverlap: 0, minLevel: Math.max(0, top - 8), maxLevel: top,
      getTileUrl: (level, column, row) => `${data.base}/${top - level}/${column}/${row}.jpg`,
    },
  });

  const zoomText = document.getElementById("zoom");
  const say = () => {
    const ratio = viewer.world.getItemAt(0).viewportToImageZoom(viewer.viewport.getZoom(true));
    zoomText.textContent = `${Math.round(ratio * 100)}%`;
  };
  const atTop = () => {
    const pane = viewer.viewport.getContainerSize();
    const share = Math.min(1, (height / width) > (pane.y / pane.x) ? (pane.y / pane.x) : height / width);
    viewer.viewport.fitBounds(new window.OpenSeadragon.Rect(0, 0, 1, share), true);
    say();
  };
  viewer.addHandler("open", () => {
    atTop();
    host.dataset.ready = "1";
    boxes.forEach((box, index) => {
      const mark = document.createElement("span");
      mark.className = "fb osd";
      mark.dataset.n = String(index + 1);
      mark.title = box.label;
      viewer.addOverlay({ element: mark, location: new window.OpenSeadragon.Rect(box.x / width, box.y / width, box.width / width, box.height / width) });
    });
  });
  viewer.addHandler("zoom", () => window.requestAnimationFrame(say));
  viewer.addHandler("animation-finish", say);

  // The wheel reads down the page; with Ctrl it zooms. Buttons do the same for keyboards.
  viewer.addHandler("canvas-scroll", (event) => {
    event.preventDefault = true;
    const view = viewer.viewport, original = event.originalEvent;
    original.preventDefault();
    if (original.ctrlKey) view.zoomBy(event.scroll > 0 ? 1.2 : 1 / 1.2, view.pointFromPixel(event.position));
    else view.panBy(view.deltaPointsFromPixels(new window.OpenSeadragon.Point(original.deltaX, original.deltaY)));
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

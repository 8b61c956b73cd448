// Scroll down one step at a time, so that whatever loads on sight loads; wait at each step for the pictures in view.
// Returns how far it went, why it stopped and what was still missing.
async ({ maxPx, maxMs, stepWaitMs, endQuietMs }) => {
  const started = performance.now();
  const left = () => maxMs - (performance.now() - started);
  const frame = () => new Promise((done) => {
    const timer = setTimeout(done, 100); // a hidden or frozen page draws no frames
    requestAnimationFrame(() => { clearTimeout(timer); done(); });
  });
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const root = () => document.scrollingElement || document.documentElement;
  const pending = (margin) => [...document.images].filter((image) => {
    if (image.complete || !(image.getAttribute("src") || image.getAttribute("srcset"))) return false;
    const box = image.getBoundingClientRect();
    if (box.width + box.height === 0) return false; // not displayed: may never be fetched
    return margin === null || (box.bottom > -margin && box.top < innerHeight + margin);
  }).length;
  const waitForImages = async (margin, ms) => {
    const until = performance.now() + Math.min(ms, Math.max(0, left()));
    while (pending(margin) > 0 && performance.now() < until) await sleep(20);
  };

  let arrived = 0; // resources that came in; our own world's observer, so the page's buffer limit does not matter
  const observer = new PerformanceObserver((list) => { arrived += list.getEntries().length; });
  observer.observe({ type: "resource" });
  // Pages load on sight after a delay of their own (throttled scroll handlers, fade-ins): rest means that for a while
  // nothing came in and nothing was awaited.
  const rest = async (ms, most) => {
    const until = performance.now() + Math.min(most, Math.max(0, left()));
    let since = performance.now();
    let seen = arrived;
    while (performance.now() < until && performance.now() - since < ms) {
      await sleep(25);
      if (arrived !== seen || pending(100) > 0) { seen = arrived; since = performance.now(); }
    }
  };

  // A list that keeps only what is in view would be photographed empty: remember words seen on the way down, and see
  // in the end which of them the page still holds.
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
  const samples = [];
  const sample = () => {
    for (const part of [0.25, 0.5, 0.75]) {
      const element = document.elementFromPoint(innerWidth / 2, innerHeight * part);
      const text = element && element !== document.body && element !== root() ? squeeze(element.textContent).slice(0, 40) : "";
      if (text.length >= 6 && samples.length < 600) samples.push({ y: Math.round(scrollY), text });
    }
  };

  const quietMs = 60; // an observer's callback starts its request within a frame or two
  const step = Math.max(200, Math.floor(innerHeight * 0.9));
  let y = 0;
  let steps = 0;
  const track = [];
  let stopped = "end";
  for (;;) {
    const end = root().scrollHeight - innerHeight;
    if (y >= end) {
      // The end of the page may move when it is reached: look once more before believing it.
      await rest(endQuietMs, stepWaitMs);
      if (root().scrollHeight - innerHeight <= y) break;
    }
    if (y + innerHeight >= maxPx) { stopped = "px"; break; }
    if (left() <= 0) { stopped = "ms"; break; }
    y = Math.min(y + step, Math.max(y, root().scrollHeight - innerHeight));
    scrollTo({ left: 0, top: y, behavior: "instant" });
    steps += 1;
    track.push([Date.now(), y]);
    await frame();
    await frame();
    if (pending(100) === 0) await sleep(quietMs);
    await waitForImages(100, stepWaitMs);
    sample();
  }
  if (stopped !== "end") await rest(endQuietMs, stepWaitMs);
  await waitForImages(null, stepWaitMs);
  observer.disconnect();
  const held = squeeze(document.body ? document.body.textContent : "");
  const lost = samples.filter((item) => !held.includes(item.text));
  scrollTo({ left: 0, top: 0, behavior: "instant" });
  await frame();
  await frame();
  await waitForImages(null, stepWaitMs);
  const images = [...document.images];
  return {
    steps,
    track,
    reached_px: Math.round(y + innerHeight),
    height_px: root().scrollHeight,
    stopped,
    words_seen: samples.length,
    words_lost: lost.length,
    ms: Math.round(performance.now() - started),
    images: images.length,
    images_loaded: images.filter((image) => image.complete && image.naturalWidth > 0).length,
    images_pending: images.filter((image) => !image.complete).length,
  };
}

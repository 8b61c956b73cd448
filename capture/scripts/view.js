// Scroll to one place, wait for the pictures in view, and return where that is and what can be read there.
async ({ y, waitMs }) => {
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  scrollTo({ left: 0, top: y, behavior: "instant" });
  await sleep(120); // a list that follows the scrolling redraws within a few frames
  const until = performance.now() + waitMs;
  const pending = () => [...document.images].some((image) => {
    const box = image.getBoundingClientRect();
    return !image.complete && image.getAttribute("src") && box.bottom > 0 && box.top < innerHeight && box.width > 0;
  });
  while (pending() && performance.now() < until) await sleep(20);
  const walker = document.createTreeWalker(document.body || document.documentElement, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const words = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || !node.parentElement || !node.parentElement.checkVisibility()) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.height > 0 && box.bottom > 0 && box.top < innerHeight) words.push(node.data.trim());
  }
  const root = document.scrollingElement || document.documentElement;
  return { y: Math.round(scrollY), end: scrollY + innerHeight >= root.scrollHeight - 1, text: words.join("\n") };
}

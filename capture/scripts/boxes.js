// Where visible text stands on the page: the check that a picture of it is not blank. At most `most` boxes.
({ most }) => {
  const boxes = [];
  const left = scrollX;
  const top = scrollY;
  const see = { checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: true };
  const walker = document.createTreeWalker(document.body || document.documentElement, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node && boxes.length < most; node = walker.nextNode()) {
    const length = node.data.trim().length;
    if (length < 2) continue;
    const parent = node.parentElement;
    if (!parent || !parent.checkVisibility(see)) continue;
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 4 || box.height < 4) continue;
    const y = Math.round(box.top + top);
    const x = Math.round(box.left + left);
    if (x + box.width <= 0 || y + box.height <= 0) continue;
    boxes.push([x, y, Math.round(box.width), Math.round(box.height)]);
  }
  return boxes;
}

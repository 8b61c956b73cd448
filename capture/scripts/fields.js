// Collect structured data and the elements the adapters' hooks name, each with its path and box.
({ hooks }) => {
  const path = (element) => {
    const parts = [];
    for (let e = element; e && e.nodeType === 1; e = e.parentElement) {
      if (e.id && document.querySelectorAll(`#${CSS.escape(e.id)}`).length === 1) {
        parts.unshift(`#${CSS.escape(e.id)}`);
        break;
      }
      const same = e.parentElement ? [...e.parentElement.children].filter((c) => c.localName === e.localName) : [e];
      parts.unshift(same.length > 1 ? `${e.localName}:nth-of-type(${same.indexOf(e) + 1})` : e.localName);
    }
    return parts.join(" > ");
  };
  const box = (element) => {
    const r = element.getBoundingClientRect();
    if (r.width === 0 || r.height === 0 || !element.checkVisibility()) return null;
    return [Math.round(r.left + scrollX), Math.round(r.top + scrollY), Math.round(r.width), Math.round(r.height)];
  };
  const value = (element) => element.getAttribute("content") || element.getAttribute("datetime")
    || (element.localName === "link" ? element.href : "") || element.innerText || element.textContent || "";
  const found = [];
  for (const [name, selectors] of Object.entries(hooks)) {
    for (const selector of selectors) {
      const element = document.querySelector(selector);
      const text = element ? value(element).trim() : "";
      if (!text) continue;
      found.push({ name, selector, path: path(element), text: text.slice(0, 100000), box: box(element) });
      break;
    }
  }
  const data = [...document.querySelectorAll('script[type="application/ld+json"]')].slice(0, 20)
    .map((element) => ({ path: path(element), text: element.textContent.slice(0, 500000) }));
  return { found, data };
}

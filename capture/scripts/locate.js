// Find where given texts are shown: the smallest visible element whose text is the wanted one, or begins with it.
// Elements whose text only contains it come last. Returns one {path, box} or null for each.
({ wanted }) => {
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
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
  const elements = [...(document.body || document.documentElement).querySelectorAll("*")]
    .filter((e) => !["script", "style", "noscript", "template"].includes(e.localName)).slice(0, 20000);
  const texts = elements.map((element) => squeeze(element.textContent));
  const shown = (element) => {
    const r = element.getBoundingClientRect();
    if (r.width === 0 || r.height === 0 || !element.checkVisibility()) return null;
    return [Math.round(r.left + scrollX), Math.round(r.top + scrollY), Math.round(r.width), Math.round(r.height)];
  };
  const tests = [(text, word) => text === word, (text, word) => text.startsWith(word), (text, word) => text.includes(word)];
  return wanted.map((choices) => {
    for (const test of tests) {
      for (const choice of choices) {
        const word = squeeze(choice);
        if (!word) continue;
        let best = null;
        texts.forEach((text, index) => {
          if (text.length < word.length || !test(text, word)) return;
          // The shortest text; of equals the first on the page, and its innermost element.
          if (best && (text.length > best.length || (text.length === best.length && !best.element.contains(elements[index])))) return;
          const place = shown(elements[index]);
          if (place) best = { length: text.length, element: elements[index], box: place };
        });
        if (best) return { path: path(best.element), box: best.box };
      }
    }
    return null;
  });
}

// Read the page as it stands: title, visible text, document tree, addresses, forms, and the frames within reach.
() => {
  const tree = (doc) => {
    const shadows = [];
    const walk = (node) => {
      for (const element of node.querySelectorAll("*")) {
        if (element.shadowRoot) { shadows.push(element.shadowRoot); walk(element.shadowRoot); }
      }
    };
    walk(doc);
    const root = doc.documentElement;
    if (!root) return { html: "", shadows: 0 };
    const doctype = doc.doctype ? new XMLSerializer().serializeToString(doc.doctype) + "\n" : "";
    const inner = root.getHTML ? root.getHTML({ shadowRoots: shadows }) : root.innerHTML;
    const opening = root.cloneNode(false).outerHTML.replace(/<\/[^>]*>$/, "");
    return { html: `${doctype}${opening}${inner}</${root.localName}>`, shadows: shadows.length };
  };
  const words = (doc) => (doc.body ? doc.body.innerText : (doc.documentElement || doc).textContent) || "";
  const frames = []; // same origin: readable from here; the others are read one by one through the browser
  let foreign = 0;
  const enter = (doc, depth) => {
    for (const element of doc.querySelectorAll("iframe,frame")) {
      const inner = element.contentDocument;
      if (!inner) { foreign += 1; continue; }
      const box = element.getBoundingClientRect();
      if (box.width < 4 || box.height < 4 || !element.checkVisibility()) continue;
      const text = words(inner);
      if (text.trim()) frames.push({ url: inner.URL, html: tree(inner).html, text });
      if (depth < 4) enter(inner, depth + 1);
    }
  };
  enter(document, 0);
  const main = tree(document);
  const root = document.documentElement;
  const link = document.querySelector('link[rel~="canonical"][href]');
  return {
    url: location.href,
    title: document.title,
    text: words(document),
    html: main.html,
    shadow_roots: main.shadows,
    frames,
    frames_foreign: foreign,
    content_type: document.contentType,
    charset: document.characterSet,
    language: root ? root.getAttribute("lang") || "" : "",
    canonical: link ? link.href : "",
    password_fields: [...document.querySelectorAll('input[type="password"]')].filter((e) => e.checkVisibility()).length,
    videos: document.querySelectorAll("video").length,
  };
}

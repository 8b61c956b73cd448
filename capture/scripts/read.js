// Read the page as it stands: title, visible text, document tree, addresses, forms, structured data.
() => {
  const shadows = [];
  const walk = (node) => {
    for (const element of node.querySelectorAll("*")) {
      if (element.shadowRoot) { shadows.push(element.shadowRoot); walk(element.shadowRoot); }
    }
  };
  walk(document);
  const doctype = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\n" : "";
  const root = document.documentElement;
  const inner = root ? (root.getHTML ? root.getHTML({ shadowRoots: shadows }) : root.innerHTML) : "";
  const opening = root ? root.cloneNode(false).outerHTML.replace(/<\/[^>]*>$/, "") : "";
  const closing = root ? `</${root.localName}>` : "";
  const link = document.querySelector('link[rel~="canonical"][href]');
  return {
    url: location.href,
    title: document.title,
    text: document.body ? document.body.innerText : (root ? root.textContent : ""),
    html: doctype + opening + inner + closing,
    shadow_roots: shadows.length,
    content_type: document.contentType,
    charset: document.characterSet,
    language: root ? root.getAttribute("lang") || "" : "",
    canonical: link ? link.href : "",
    password_fields: [...document.querySelectorAll('input[type="password"]')].filter((e) => e.checkVisibility()).length,
    frames: document.querySelectorAll("iframe,frame").length,
    videos: document.querySelectorAll("video").length,
  };
}

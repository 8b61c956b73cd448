// Click what unfolds text on the same page: buttons and link-like elements whose whole label says so and that lead
// nowhere else. Returns what was clicked.
async ({ most }) => {
  const label = new RegExp(`^(${[
    "(点击)?展开(全文|全部|更多|剩余|阅读全文|原文|详情)?", "显示(全文|全部|更多)", "查看(全文|全部|更多|原文)", "阅读(全文|更多|原文)", "全文", "继续阅读",
    "(展开|查看|显示)(更多|全部|剩余|\\s*\\d+\\s*条)(回复|评论)", "更多(回复|评论)", "展開(全文|更多)?", "顯示更多", "閱讀(全文|更多)",
    "(show|read|see|view) (more|full (text|post|article))", "show all", "continue reading", "expand",
    "(show|view|load|see) (more|all|previous|\\d+)( \\d+| more)? (comments|replies)", "(show|read|see) the (rest|full text)",
  ].join("|")})\\s*[.…↓⌄▼▾>›»]*$`, "i");
  const path = (element) => {
    const parts = [];
    for (let e = element; e && e.nodeType === 1 && parts.length < 12; e = e.parentElement) {
      if (e.id) { parts.unshift(`#${CSS.escape(e.id)}`); break; }
      const same = e.parentElement ? [...e.parentElement.children].filter((c) => c.localName === e.localName) : [e];
      parts.unshift(same.length > 1 ? `${e.localName}:nth-of-type(${same.indexOf(e) + 1})` : e.localName);
    }
    return parts.join(" > ");
  };
  const stays = (element) => {
    const link = element.closest("a[href]");
    if (!link) return true;
    const href = link.getAttribute("href").trim();
    return href === "" || href.startsWith("#") || href.toLowerCase().startsWith("javascript:");
  };
  const clicked = [];
  const done = new Set();
  for (let round = 0; round < 3 && clicked.length < most; round += 1) {
    const found = [...document.querySelectorAll("button,a,summary,[role=button],span,div")].filter((element) => {
      if (done.has(element) || element.childElementCount > 2 || element.textContent.length > 24) return false;
      if (!label.test(element.textContent.trim()) || !element.checkVisibility()) return false;
      if (element.querySelector("button,a,[role=button]")) return false;
      if (element.closest("form") && (element.type || "") === "submit") return false;
      return stays(element);
    });
    if (found.length === 0) break;
    for (const element of found.slice(0, most - clicked.length)) {
      done.add(element);
      clicked.push({ at: Date.now(), label: element.textContent.trim(), path: path(element) });
      element.click();
      await new Promise((wait) => setTimeout(wait, 50));
    }
    await new Promise((wait) => setTimeout(wait, 150));
  }
  return clicked;
}

// For the derived reading view: hide cookie notices and app prompts that lie over the page, free its scrolling, and
// load pictures whose address waits in an attribute.
// Nothing is clicked: a click would declare consent, run the page's code and send requests. A log-in prompt stays, and
// so does whatever carries the page's own content. Returns what was done and what was left, each with its place.
({ most }) => {
  const cookie = /cookie|隐私(政策|协议|声明|设置|偏好)|個人資料|(privacy|consent) (policy|notice|settings|preferences|choices)|we value your privacy|your privacy/i;
  const accept = /(全部|同意并|我)?(接受|同意|拒绝|知道了)|accept|agree|reject|decline|got it|allow all|manage (choices|preferences)/i;
  const app = /(打开|下载|安装|前往|启动|進入|打開|下載)\s*[\u4e00-\u9fffA-Za-z·]{0,12}\s*(app|客户端|客戶端)|app\s*(内|中|內)?\s*(打开|打開|查看|阅读|观看|下载)|客户端(内)?(打开|查看|阅读)|(open|view|read|watch|continue) (this )?(in|with) (the |our )?([\w·]+ )?app\b|(get|download|install) (the |our )?([\w·]+ )?app\b/i;
  const login = /登录|登入|登陆|登錄|注册|log ?in|sign ?(in|up)/i;
  const see = { checkOpacity: true, checkVisibilityCSS: true };
  const done = [];
  const left = [];
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();
  const path = (element) => {
    const parts = [];
    for (let e = element; e && e.nodeType === 1 && parts.length < 12; e = e.parentElement) {
      if (e.id) { parts.unshift(`#${CSS.escape(e.id)}`); break; }
      const same = e.parentElement ? [...e.parentElement.children].filter((c) => c.localName === e.localName) : [e];
      parts.unshift(same.length > 1 ? `${e.localName}:nth-of-type(${same.indexOf(e) + 1})` : e.localName);
    }
    return parts.join(" > ");
  };
  const place = (element) => {
    const box = element.getBoundingClientRect();
    return [box.left + scrollX, box.top + scrollY, box.width, box.height].map(Math.round);
  };
  const note = (list, element, kind, what) => {
    if (list.length >= most) return;
    const text = squeeze(element.innerText || "").slice(0, 200);
    list.push({ at: Date.now(), selector: path(element), position: getComputedStyle(element).position, text, box: place(element), kind, what });
  };
  const set = (element, property, value) => element.style.setProperty(property, value, "important");
  const hide = (element, kind) => {
    note(done, element, kind, "display: none");
    set(element, "display", "none");
  };
  const kindOf = (text) => (cookie.test(text) && accept.test(text) ? "cookie" : app.test(text) ? "app" : "");
  const content = (element, text, kind) =>
    text.length > (kind === "cookie" ? 3000 : 300) ||
    element.querySelectorAll("a,button,[role=button]").length > (kind === "cookie" ? 40 : 6) ||
    element.matches("article,main,nav,[role=main]") || element.querySelector("article,main,h1,nav,video,[itemprop=articleBody]") !== null;

  const over = [...document.querySelectorAll("body *")].filter((element) => {
    const style = getComputedStyle(element);
    const laid = style.position === "fixed" || style.position === "sticky" || (style.position === "absolute" && Number(style.zIndex) >= 100);
    return laid && element.checkVisibility(see) && element.offsetWidth > 40 && element.offsetHeight > 8;
  });
  let modal = false;
  for (const element of over) {
    if (done.length >= most || !element.checkVisibility(see)) continue;
    const text = squeeze(element.innerText || "");
    const kind = kindOf(text);
    if (!kind) continue;
    if (element.querySelector("input[type=password]") || (kind === "app" && login.test(text))) { note(left, element, "login", "left: log-in prompt"); continue; }
    if (content(element, text, kind)) { note(left, element, kind, "left: carries other content"); continue; }
    const box = element.getBoundingClientRect();
    modal = modal || (box.top < innerHeight * 0.6 && box.height > 80);
    hide(element, kind);
  }
  // What only darkens the page behind a closed notice: as large as the window, without words or pictures.
  const back = modal ? over.filter((element) => {
    const box = element.getBoundingClientRect();
    const covers = box.width >= innerWidth * 0.95 && box.height >= innerHeight * 0.95;
    return covers && element.checkVisibility(see) && !squeeze(element.innerText || "") && !element.querySelector("img,video,canvas,iframe,input");
  }) : [];
  for (const element of back) hide(element, "backdrop");
  // A page that holds still behind a notice is let go, but only when a notice was closed.
  if (done.length > 0) {
    for (const element of [document.documentElement, document.body]) {
      const style = getComputedStyle(element);
      if (style.overflowY !== "hidden" && style.overflowY !== "clip" && style.position !== "fixed") continue;
      note(done, element, "scroll_lock", "overflow: visible; position: static; height: auto");
      set(element, "overflow", "visible");
      if (style.position === "fixed") set(element, "position", "static");
      set(element, "height", "auto");
    }
  }
  // Pictures in view of a reader whose own script never came round to them: their address stands in an attribute.
  for (const image of document.images) {
    const name = ["data-src", "data-original", "data-actualsrc", "data-lazy-src"].find((one) => image.getAttribute(one));
    if (done.length >= most || !name || image.naturalWidth > 1 || image.offsetWidth < 30) continue;
    const address = image.getAttribute(name).trim();
    const own = image.getAttribute("src") || "";
    if (own === address || (own !== "" && !image.complete) || !/^(https?:)?\/|^[\w.~%-]+[/.]/i.test(address)) continue;
    if (!image.checkVisibility(see)) continue;
    note(done, image, "lazy", `src = ${name}: ${address.slice(0, 200)}`);
    image.src = address;
  }
  return { done, left };
}

"use strict";
/* Behaviour shared by the fictional platforms: pictures that load when scrolled to, folded text, more comments. */
(function () {
  function show(image) {
    if (!image.dataset.src) return;
    image.src = image.dataset.src;
    image.removeAttribute("data-src");
  }
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      watcher.unobserve(entry.target);
      show(entry.target);
    });
  }, { rootMargin: "160px 0px" });
  function watch(root) {
    root.querySelectorAll("img[data-src]").forEach(function (image) { watcher.observe(image); });
  }
  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function remark(item) {
    var row = element("li", "remark");
    var face = element("img", "face");
    face.alt = ""; face.width = 36; face.height = 36; face.loading = "lazy"; face.dataset.src = item.avatar;
    var body = element("div", "remark-body");
    body.append(element("b", "remark-name", item.name), element("p", "remark-text", item.text));
    var meta = element("div", "remark-meta");
    meta.append(element("time", "", item.at.slice(0, 16).replace("T", " ")), element("span", "", "来自 " + item.region),
      element("span", "", "赞 " + item.likes));
    body.append(meta);
    row.append(face, body);
    return row;
  }
  function more(box) {
    if (box.dataset.busy) return;
    box.dataset.busy = "1";
    fetch("/api/comments?id=" + encodeURIComponent(box.dataset.id) + "&page=" + box.dataset.page)
      .then(function (answer) { return answer.json(); })
      .then(function (data) {
        var list = document.getElementById("remarks");
        data.items.forEach(function (item) { list.append(remark(item)); });
        watch(list);
        delete box.dataset.busy;
        box.dataset.page = String(Number(box.dataset.page) + 1);
        if (!data.more) { box.replaceWith(element("p", "no-more", "没有更多了")); return; }
        if (box.dataset.auto) { scrollWatch.unobserve(box); scrollWatch.observe(box); }
      })
      .catch(function () { delete box.dataset.busy; });
  }
  var scrollWatch = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) more(entry.target); });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("unfold")) {
      var box = button.parentElement;
      box.querySelectorAll(".rest").forEach(function (rest) { rest.hidden = false; });
      box.classList.remove("folded");
      button.remove();
    } else if (button.classList.contains("more-button")) {
      more(button.parentElement);
    }
  });
  watch(document);
  document.querySelectorAll(".more[data-auto]").forEach(function (box) { scrollWatch.observe(box); });
})();

"""What is asked of every page in the browser, as functions that name what is wrong."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from tests.caseapp.web.serving import AXE

SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth, wide = document.documentElement.scrollWidth - room;
  return wide > 0 ? [...document.querySelectorAll('body *')].filter((el) => el.getBoundingClientRect().right > room + 1
    && !el.closest('.tabs, .sr, .scroll-x')).slice(0, 4).map((el) => el.tagName + '.' + el.className)
    .concat(`wider by ${wide}`) : [];
}"""
CUT = """() => {
  const quiet = (el) => el.closest('.sr, .skip, .tabs, .scroll-x, .osd, .map, svg, thead, [hidden], dialog, select');
  const words = (el) => [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const cut = (el, style) => (style.overflowX === 'hidden' || style.overflowX === 'clip')
    && el.scrollWidth > el.clientWidth + 2 && style.textOverflow !== 'ellipsis' && !el.title;
  const low = (el, style) => (style.overflowY === 'hidden' || style.overflowY === 'clip')
    && el.scrollHeight > el.clientHeight + 4 && style.webkitLineClamp === 'none' && !el.title;
  const spilt = (el, style) => style.overflowX === 'visible' && el.scrollWidth > el.clientWidth + 2
    && style.display !== 'inline';
  return [...document.querySelectorAll('body *')].filter((el) => words(el) && el.clientWidth > 0 && !quiet(el))
    .filter((el) => { const style = getComputedStyle(el);
      return cut(el, style) || low(el, style) || (style.display !== 'inline' && spilt(el, style)); })
    .map((el) => `${el.tagName}.${el.className} ${el.textContent.trim().slice(0, 30)}`);
}"""
HAN_LEFT = """() => {
  const han = /[\\u3400-\\u9fff]/, ours = (el) => !el.closest('[lang^=zh], script, style, textarea');
  const number = /[\\u3400-\\u9fff]-\\d{4}-\\d+|证\\d+-\\d+/g, left = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (ours(node.parentElement) && han.test(node.data.replace(number, ''))) left.push(node.data.trim().slice(0, 60));
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-done']) {
    document.querySelectorAll(`body [${name}]`).forEach((el) => {
      const said = el.getAttribute(name).replace(number, '');
      if (ours(el) && han.test(said)) left.push(`${name}: ${said}`);
    });
  }
  return left;
}"""
HEADINGS = "() => document.querySelectorAll('h1').length"
THEME = "(theme) => { document.documentElement.dataset.theme = document.documentElement.dataset.bsTheme = theme; }"
SHELL = ".rail, .top, .tabbar, .tools-x, form.act, .toasts, .skip, .head .acts, .b"
SHELL_SHOWN = """(shell) => [...document.querySelectorAll(shell)].filter((el) => {
  const box = el.getBoundingClientRect(), style = getComputedStyle(el);
  return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && box.right > 0;
}).map((el) => el.tagName + '.' + el.className)"""
INLINE = re.compile(r'<[a-z][^>]*\s(?:style|on[a-z]+)="|<style\b|<script(?![^>]*\bsrc=)[^>]*>', re.IGNORECASE)


def settle(page: Page) -> None:
    """Wait until the picture viewer, if there is one, has opened."""
    if page.locator("#viewer").count():
        page.wait_for_selector("#viewer[data-ready]")


def load_axe(page: Page) -> None:
    """Put the checker into the page where it is not there yet."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))


def faults(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds, one line a fault; only ``rules`` when some are named."""
    load_axe(page)
    asked: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        asked["runOnly"] = {"type": "rule", "values": list(rules)}
    found: dict[str, Any] = page.evaluate("(asked) => axe.run(document, asked)", asked)
    return [
        f"{fault['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]

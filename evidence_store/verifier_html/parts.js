// Small pieces the page is put together from. Words from a package only ever enter it as text, never as markup.

const state = { lang: navigator.language.toLowerCase().startsWith('zh') ? 0 : 1, report: null, problem: null };
const $ = (id) => document.getElementById(id);

// A word of the page in the language shown, with {0} {1} … filled in.
const say = (key, ...values) => WORDS[key][state.lang].replace(/\{(\d)\}/g, (_, nth) => values[nth]);
const pick = (pair) => pair[state.lang];

// An element with a class, and text or elements inside.
function make(tag, name, ...inside) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...inside.filter((one) => one !== null));
  return element;
}

function chip(status, text = say(status)) {
  const element = make('span', 'chip', text);
  element.dataset.tone = status;
  return element;
}

const UNITS = [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']];

function showSize(size) {
  const [unit, name] = UNITS.find(([least]) => size >= least) ?? [1, 'B'];
  return `${unit === 1 ? size : (size / unit).toFixed(1)} ${name}`;
}

// A UTC time as people in court read it: Beijing time, with the original beneath.
function showMoment(text) {
  const moment = new Date(text);
  if (!text || Number.isNaN(moment.getTime())) return [document.createTextNode(text || '')];
  const parts = { dateStyle: 'long', timeStyle: 'medium', timeZone: 'Asia/Shanghai' };
  const beijing = new Intl.DateTimeFormat(['zh-CN', 'en-GB'][state.lang], parts).format(moment);
  return [document.createTextNode(beijing + ['（北京时间）', ' (Beijing time)'][state.lang]), make('small', 'mono', text)];
}

// Put every fixed word of the page into the language shown.
function translate() {
  document.documentElement.lang = ['zh-CN', 'en'][state.lang];
  document.title = say('title');
  $('language').textContent = ['English', '中文'][state.lang];
  $('language').lang = ['en', 'zh-CN'][state.lang];
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = say(element.dataset.say);
}

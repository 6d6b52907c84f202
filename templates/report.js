(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var strings = data.strings, sources = data.sources, raw = data.findings;
  var LEVELS = ['严重', '差错', '建议'];
  // Findings on one page, and at most on paper.
  var WINDOW = 50, PAPER = 2000;
  var byId = function (id) { return document.getElementById(id); };
  var work = byId('work'), list = byId('findings'), pager = byId('pager'), status = byId('status'), query = byId('query');
  var category = byId('category'), channel = byId('channel'), state = byId('state'), sort = byId('sort');

  var all = raw.map(function (r, at) {
    var f = r[0], g = r[1], s = sources[f[0]];
    return {
      at: at, source: f[0], level: f[1], category: strings[f[2]], rule: strings[f[3]], text: strings[f[4]],
      rights: f[5].map(function (n) { return strings[n]; }), message: strings[f[6]], basis: strings[f[7]],
      scope: strings[f[8]], state: strings[f[9]], place: g[0], before: g[1], after: g[2], ref: g[3], sure: g[4],
      first: strings[g[5]], path: strings[s[0]], link: strings[s[1]], page: strings[s[2]], title: strings[s[3]],
      date: strings[s[4]], channel: strings[s[5]], unit: strings[s[6]]
    };
  });

  var shown = all, at = 0, folder = '', current = -1;

  function el(tag, attributes, children) {
    var node = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) {
      if (child !== null && child !== undefined && child !== '') {
        node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
      }
    });
    return node;
  }

  // Characters that would turn the text around or break the line stay visible.
  function plain(text) {
    return text.replace(/\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/g, '⏎').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  }

  function rights(f) {
    if (!f.rights.length) return '';
    if (f.rights[0] === '') return f.level === 2 ? '宜删去' : '应删去';
    return f.rights.join(' 或 ');
  }

  function verb(f) {
    return f.rights[0] === '' ? '' : f.level === 2 ? '宜用：' : '应为：';
  }

  function reference(f) {
    var lines = ['【' + LEVELS[f.level] + '】' + f.category + (f.ref ? '（编号 ' + f.ref + '）' : '')];
    if (f.channel) lines.push('网站/账号：' + f.channel + (f.unit ? '（' + f.unit + '）' : ''));
    if (f.title) lines.push('页面：' + f.title + (f.date ? '（' + f.date + '）' : ''));
    lines.push('位置：' + f.link + ' ' + f.place + (f.page ? '（见页面 ' + f.page + '）' : ''));
    lines.push('原文：' + plain(f.before + '【' + f.text + '】' + f.after));
    if (f.rights.length) lines.push(verb(f) + rights(f));
    lines.push('说明：' + f.message);
    if (f.basis) lines.push('依据：' + f.basis);
    return lines.join('\n');
  }

  function toast(text) {
    var old = document.querySelector('.toast');
    if (old) old.remove();
    var box = el('div', { 'class': 'toast', role: 'status' }, [text]);
    document.body.appendChild(box);
    setTimeout(function () { box.remove(); }, 1800);
  }

  function copy(f) {
    var text = reference(f);
    function by_hand() {
      var area = el('textarea', { style: 'position:fixed;opacity:0', 'aria-hidden': 'true' });
      area.value = text;
      document.body.appendChild(area);
      area.select();
      var done = false;
      try { done = document.execCommand('copy'); } catch (e) { done = false; }
      area.remove();
      toast(done ? '已复制' : '浏览器不允许复制');
      focus(current, true);
    }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(function () { toast('已复制'); }, by_hand);
    } else {
      by_hand();
    }
  }

  function address(text) {
    return /^https?:\/\//.test(text) && text.indexOf('!') < 0 ? el('a', { href: text, rel: 'noreferrer' }, [text]) : text;
  }

  function card(f, index) {
    var button = el('button', { 'class': 'copy', type: 'button' }, ['复制']);
    button.setAttribute('aria-label', '复制这一处的引用');
    button.addEventListener('click', function () { current = index; copy(f); });
    var place = f.place + (f.scope ? '（' + f.scope + '）' : '');
    var history = f.state ? el('span', { 'class': 'state' }, [f.state + (f.first ? '，首次发现 ' + f.first : '')]) : null;
    var right = rights(f);
    var node = el('article', { 'class': 'f l' + f.level, tabindex: '-1', 'data-index': String(index) }, [
      el('header', {}, [
        el('span', { 'class': 'badge' }, [LEVELS[f.level]]), el('span', {}, [f.category]), el('span', {}, [place]), history,
        f.sure ? el('span', {}, ['把握 ' + f.sure + '%']) : null,
        f.ref ? el('span', { 'class': 'path' }, ['编号 ' + f.ref]) : null, button
      ]),
      el('p', { 'class': 'ctx', dir: 'ltr' }, [plain(f.before), el('mark', {}, [plain(f.text)]), plain(f.after)]),
      right ? el('p', { 'class': 'right' }, [verb(f), el('ins', {}, [right])]) : null,
      el('p', { 'class': 'why' }, [f.message]),
      el('p', { 'class': 'basis' }, [f.basis ? '依据：' + f.basis + '　' : '', el('span', { 'class': 'path' }, [f.rule])])
    ]);
    node.addEventListener('focusin', function () { current = index; });
    return node;
  }

  function group(f) {
    var facts = [address(f.link)];
    if (f.date) facts.push('　发布日期 ' + f.date);
    if (f.channel) facts.push('　' + f.channel + (f.unit ? '（' + f.unit + '）' : ''));
    var lines = [el('h3', {}, [f.title || f.path]), el('p', { 'class': 'path' }, facts)];
    if (f.page) lines.push(el('p', { 'class': 'path' }, ['见页面 ', address(f.page)]));
    return el('div', { 'class': 'group' }, lines);
  }

  function fill(from, to) {
    var fragment = document.createDocumentFragment(), last = -1;
    for (var i = from; i < to; i++) {
      if (shown[i].source !== last) { fragment.appendChild(group(shown[i])); last = shown[i].source; }
      fragment.appendChild(card(shown[i], i));
    }
    list.textContent = '';
    list.appendChild(fragment);
  }

  function pages() { return Math.max(1, Math.ceil(shown.length / WINDOW)); }

  function render() {
    fill(at * WINDOW, Math.min(shown.length, (at + 1) * WINDOW));
    var from = shown.length ? at * WINDOW + 1 : 0, to = Math.min(shown.length, (at + 1) * WINDOW);
    status.textContent = (shown.length === all.length ? '共 ' + all.length + ' 处' : '符合条件 ' + shown.length + ' 处（共 ' + all.length + ' 处）')
      + '，当前显示第 ' + from + '—' + to + ' 处';
    pager.textContent = '';
    if (pages() < 2) return;
    var input = el('input', { type: 'number', min: '1', max: String(pages()), value: String(at + 1), 'aria-label': '页码' });
    input.addEventListener('change', function () { turn(Math.min(pages(), Math.max(1, Number(input.value) || 1)) - 1); });
    var back = el('button', { type: 'button' }, ['上一页']), next = el('button', { type: 'button' }, ['下一页']);
    back.disabled = at === 0;
    next.disabled = at + 1 >= pages();
    back.addEventListener('click', function () { turn(at - 1); });
    next.addEventListener('click', function () { turn(at + 1); });
    [back, el('span', {}, ['第 ', input, ' 页，共 ' + pages() + ' 页']), next].forEach(function (node) { pager.appendChild(node); });
  }

  function turn(page) {
    if (page < 0 || page >= pages()) return;
    at = page;
    current = -1;
    render();
    byId('list').scrollIntoView();
  }

  function focus(index, quiet) {
    if (index < 0 || index >= shown.length) return;
    var page = Math.floor(index / WINDOW);
    if (page !== at) { at = page; render(); }
    var node = list.querySelector('[data-index="' + index + '"]');
    if (!node) return;
    current = index;
    node.focus({ preventScroll: true });
    if (!quiet) node.scrollIntoView({ block: 'center' });
  }

  function apply() {
    var levels = [].slice.call(document.querySelectorAll('[name=level]')).map(function (box) { return box.checked; });
    var words = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    shown = all.filter(function (f) {
      if (!levels[f.level] || (category.value && f.category !== category.value)) return false;
      if (channel.value && f.channel !== channel.value) return false;
      if (state && state.value && f.state !== state.value) return false;
      if (folder && f.path !== folder && !(/[\/!]$/.test(folder) && f.path.indexOf(folder) === 0)) return false;
      return words.every(function (word) {
        return (f.text + '\n' + f.title + '\n' + f.path + '\n' + f.link + '\n' + f.rule + '\n' + f.before + f.text + f.after + '\n' + f.rights.join('\n') + '\n' + f.ref).toLowerCase().indexOf(word) >= 0;
      });
    });
    var order = {
      level: function (a, b) { return a.level - b.level; },
      category: function (a, b) { return a.category < b.category ? -1 : a.category > b.category ? 1 : 0; },
      text: function (a, b) { return a.text < b.text ? -1 : a.text > b.text ? 1 : 0; },
      'date-new': function (a, b) { return a.date < b.date ? 1 : a.date > b.date ? -1 : 0; },
      'date-old': function (a, b) { return (a.date || '9') < (b.date || '9') ? -1 : (a.date || '9') > (b.date || '9') ? 1 : 0; }
    }[sort.value];
    if (order) shown = shown.slice().sort(function (a, b) { return order(a, b) || a.at - b.at; });
    at = 0;
    current = -1;
    render();
  }

  function options(select, name) {
    var counts = {};
    all.forEach(function (f) { if (f[name]) counts[f[name]] = (counts[f[name]] || 0) + 1; });
    var names = Object.keys(counts).sort(function (a, b) { return counts[b] - counts[a]; });
    names.forEach(function (value) { select.appendChild(el('option', { value: value }, [value + '（' + counts[value] + '）'])); });
    return names.length;
  }

  // The tree: folders and files, each with its findings; branches are made when they are opened.
  function sow() {
    var root = { name: '全部来源', path: '', count: 0, serious: 0, children: {} };
    all.forEach(function (f) {
      var node = root, start = 0;
      root.count++;
      while (start < f.path.length) {
        var end = start;
        while (end < f.path.length && f.path[end] !== '/' && !(f.path[end] === '!' && /\.[a-z0-9]{1,5}$/i.test(f.path.slice(start, end)))) end++;
        end = Math.min(f.path.length, end + 1);
        var name = f.path.slice(start, end);
        node = node.children[name] || (node.children[name] = { name: name, path: f.path.slice(0, end), count: 0, children: {} });
        node.count++;
        start = end;
      }
    });
    return root;
  }

  function branch(node) {
    var names = Object.keys(node.children);
    // Folders with a single folder inside are one line.
    while (names.length === 1 && node.path && Object.keys(node.children[names[0]].children).length) {
      var only = node.children[names[0]];
      node = { name: node.name + only.name, path: only.path, count: only.count, children: only.children };
      names = Object.keys(node.children);
    }
    var pick = el('button', { type: 'button', 'class': 'name', 'aria-pressed': 'false', title: node.path || '全部来源' }, [el('span', {}, [node.name]), el('b', {}, [String(node.count)])]);
    pick.addEventListener('click', function () {
      folder = node.path;
      [].forEach.call(document.querySelectorAll('#tree [aria-pressed=true]'), function (other) { other.setAttribute('aria-pressed', 'false'); });
      pick.setAttribute('aria-pressed', 'true');
      apply();
    });
    var line = el('div', { 'class': 'node' }), item = el('li', {}, [line]), inner = null;
    if (names.length) {
      var fold = el('button', { type: 'button', 'class': 'fold', 'aria-expanded': 'false', 'aria-label': '展开 ' + node.name }, ['▸']);
      item.toggle = function () {
        if (inner) { inner.remove(); inner = null; } else {
          inner = el('ul', {}, names.map(function (name) { return branch(node.children[name]); }));
          item.appendChild(inner);
        }
        fold.textContent = inner ? '▾' : '▸';
        fold.setAttribute('aria-expanded', String(!!inner));
      };
      fold.addEventListener('click', item.toggle);
      line.appendChild(fold);
    } else {
      line.appendChild(el('span', { 'class': 'fold' }));
    }
    line.appendChild(pick);
    return item;
  }

  var root = branch(sow());
  root.querySelector('.name').setAttribute('aria-pressed', 'true');
  byId('tree').appendChild(el('ul', {}, [root]));
  // Open down to where there is something to choose.
  for (var open = root; open && open.toggle;) {
    open.toggle();
    var branches = open.querySelectorAll(':scope > ul > li');
    open = branches.length === 1 ? branches[0] : null;
  }
  if (window.matchMedia('(max-width: 860px)').matches) byId('side').open = false;
  options(category, 'category');
  if (options(channel, 'channel')) byId('channel-box').hidden = false;
  if (state) options(state, 'state');

  var timer = 0;
  query.addEventListener('input', function () { clearTimeout(timer); timer = setTimeout(apply, 150); });
  byId('tools').addEventListener('change', function (event) { if (event.target !== query) apply(); });
  byId('tools').addEventListener('submit', function (event) { event.preventDefault(); apply(); });
  byId('reset').addEventListener('click', function () { byId('tools').reset(); root.querySelector('.name').click(); });
  byId('print').addEventListener('click', function () { window.print(); });
  window.addEventListener('beforeprint', function () {
    fill(0, Math.min(shown.length, PAPER));
    status.textContent = '共打印 ' + Math.min(shown.length, PAPER) + ' 处' + (shown.length > PAPER ? '；还有 ' + (shown.length - PAPER) + ' 处没有打印，请先筛选，或者改用表格' : shown.length < all.length ? '（筛选后，共 ' + all.length + ' 处）' : '');
  });
  window.addEventListener('afterprint', render);
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === 'j') focus(current < 0 ? at * WINDOW : current + 1);
    else if (event.key === 'k') focus(current - 1);
    else if (event.key === 'n') turn(at + 1);
    else if (event.key === 'p') turn(at - 1);
    else if (event.key === '/') { event.preventDefault(); query.focus(); }
    else if (event.key === 'c' && current >= 0) copy(shown[current]);
  });
  work.hidden = false;
  render();
}());

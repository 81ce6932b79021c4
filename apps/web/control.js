'use strict';
// The control plane's page. One copy of the graph (/graph.json) and of its numbers (/events), drawn anew when they change.
const $ = id => document.getElementById(id);
const root = document.documentElement;
const kBox = {width: 148, height: 74, gapAcross: 32, gapAlong: 22, pad: 10};
const kFirstRetryMs = 500, kLastRetryMs = 8000, kMostEvents = 100, kHotShare = 0.8, kLoudDb = -1, kFloorDb = -60, kSmallest = 0.65;
let graph = null, run = null, before = null, token = '', retryMs = kFirstRetryMs;

// A token in the address is for this tab only, and not for its history.
function takeToken() {
  const query = new URLSearchParams(location.search);
  if (query.has('token')) {
    sessionStorage.setItem('token', query.get('token'));
    query.delete('token');
    history.replaceState(null, '', location.pathname + (query.size ? '?' + query : ''));
  }
  token = sessionStorage.getItem('token') || '';
}
const ask = (path, options = {}) =>
  fetch(path, {cache: 'no-store', ...options, headers: {...(token && {Authorization: 'Bearer ' + token}), ...options.headers}});

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) key in made ? made[key] = value : made.setAttribute(key, value);
  made.append(...children);
  return made;
}
function drawn(name, attributes = {}, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}
const fixed = (value, digits = 1) => Number.isFinite(value) ? value.toFixed(digits) : '–';
const short = (text, length) => text.length > length ? text.slice(0, length - 1) + '…' : text;
const clock = s => [s / 3600, s / 60 % 60, s % 60].map(part => String(Math.floor(part)).padStart(2, '0')).join(':');
function setState(state, faulty = false) {
  root.dataset.state = state;
  $('state').textContent = faulty ? state + ', with faults' : state;
  $('state').classList.toggle('faulty', faulty);
}

// What a node did since the last snapshot: blocks a second, and the share of a core.
function rates(name) {
  const now = run?.nodes[name], last = before?.nodes[name], span = run && before ? run.elapsed_s - before.elapsed_s : 0;
  if (!now || !last || span <= 0) return {};
  return {blocks: Math.max(0, now.blocks - last.blocks) / span, load: Math.max(0, now.busy_s - last.busy_s) / span};
}

// Layers: each node one beyond the farthest of those before it. Within a layer, by the mean place of what feeds it.
function layout(down) {
  const place = new Map(graph.nodes.map(node => [node.name, {node, layer: 0, row: 0}]));
  const ends = graph.links.map(link => [link.from, link.to].map(end => place.get(end.slice(0, end.lastIndexOf('.')))));
  for (let pass = 0, moved = true; moved && pass < graph.nodes.length; ++pass) {
    moved = false;
    for (const [from, to] of ends) if (to.layer <= from.layer) { to.layer = from.layer + 1; moved = true; }
  }
  const layers = [];
  for (const at of place.values()) (layers[at.layer] ||= []).push(at);
  for (const layer of layers) {
    const wish = at => { const rows = ends.filter(([, to]) => to === at).map(([from]) => from.row); return rows.length ? rows.reduce((a, b) => a + b) / rows.length : 0; };
    const wishes = new Map(layer.map(at => [at, wish(at)]));
    layer.sort((a, b) => wishes.get(a) - wishes.get(b));
    let next = 0;
    for (const at of layer) { at.row = Math.max(next, Math.round(wishes.get(at))); next = at.row + 1; }
  }
  for (const at of place.values()) {
    const along = kBox.pad + at.layer * ((down ? kBox.height : kBox.width) + kBox.gapAcross);
    const across = kBox.pad + at.row * ((down ? kBox.width : kBox.height) + kBox.gapAlong);
    [at.x, at.y] = down ? [across, along] : [along, across];
  }
  return {place, ends, layers};
}

function drawGraph() {
  if (!graph) return;
  const room = $('graph').clientWidth, depth = Math.max(1, ...layout(false).layers.map((_, n) => n + 1));
  const down = depth * (kBox.width + kBox.gapAcross) > room * 1.5 && room < 800;
  const {place, ends} = layout(down), all = [...place.values()];
  const width = Math.max(...all.map(at => at.x)) + kBox.width + kBox.pad, height = Math.max(...all.map(at => at.y)) + kBox.height + kBox.pad;
  const scale = Math.max(kSmallest, Math.min(1, room / width));  // what does not fit even so is scrolled
  const svg = drawn('svg', {width: width * scale, height: height * scale, viewBox: `0 0 ${width} ${height}`});
  for (const island of graph.islands) svg.append(islandBox(island.nodes.map(name => place.get(name))));
  graph.links.forEach((link, n) => svg.append(...linkShapes(link, ...ends[n], down)));
  for (const at of all) svg.append(nodeBox(at));
  const {scrollLeft, scrollTop} = $('graph');
  $('graph').replaceChildren(svg);
  $('graph').scrollTo(scrollLeft, scrollTop);
}
function islandBox(places) {
  const x = Math.min(...places.map(at => at.x)) - 7, y = Math.min(...places.map(at => at.y)) - 7;
  return drawn('rect', {class: 'island', x, y, rx: 10, width: Math.max(...places.map(at => at.x)) + kBox.width + 7 - x,
    height: Math.max(...places.map(at => at.y)) + kBox.height + 7 - y});
}
function linkShapes(link, from, to, down) {
  const [x1, y1] = down ? [from.x + kBox.width / 2, from.y + kBox.height] : [from.x + kBox.width, from.y + kBox.height / 2];
  const [x2, y2] = down ? [to.x + kBox.width / 2, to.y] : [to.x, to.y + kBox.height / 2];
  const bend = (down ? y2 - y1 : x2 - x1) / 2;
  const path = down ? `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}` : `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const line = drawn('path', {class: link.border ? 'link border' : 'link', d: path});
  line.append(drawn('title', {}, `${link.from} → ${link.to}: ${link.format}`));
  const border = link.border && run?.borders.find(each => `${each.from}.${each.from_port}` === link.from && `${each.to}.${each.to_port}` === link.to);
  if (!border) return [line];
  const x = (x1 + x2) / 2, y = (y1 + y2) / 2, label = `${border.depth}/${border.credits}`;
  return [line, drawn('rect', {class: 'badge', x: x - 17, y: y - 9, width: 34, height: 18, rx: 9}),
    drawn('text', {class: 'soft', x, y: y + 4, 'text-anchor': 'middle'}, label)];
}
function nodeBox({node, x, y}) {
  const group = drawn('g', {transform: `translate(${x} ${y})`}), numbers = run?.nodes[node.name], {blocks, load} = rates(node.name);
  const state = numbers?.errors ? ' bad' : load > kHotShare ? ' hot' : '';
  group.append(drawn('rect', {class: 'box' + state, width: kBox.width, height: kBox.height, rx: 8}));
  group.append(drawn('text', {class: 'name', x: 10, y: 20}, short(node.name, 18)), drawn('text', {class: 'soft', x: 10, y: 36}, short(node.type, 22)));
  const level = numbers?.counters.peak_dbfs;
  if (level !== undefined) {
    const share = Math.min(1, Math.max(0, 1 - level / kFloorDb));
    group.append(drawn('text', {class: 'soft', x: 10, y: 54}, fixed(Math.max(level, -120), 0) + ' dBFS'), drawn('rect', {class: 'rail', x: 68, y: 46, width: 70, height: 8, rx: 2}),
      drawn('rect', {class: level > kLoudDb ? 'level loud' : 'level', x: 68, y: 46, width: 70 * share, height: 8, rx: 2}));
  } else {
    group.append(drawn('text', {class: 'soft', x: 10, y: 54}, `${fixed(blocks, blocks < 10 ? 1 : 0)} blocks/s`));
  }
  group.append(drawn('rect', {class: 'rail', x: 10, y: 62, width: 128, height: 4, rx: 2}), drawn('rect', {class: 'load', x: 10, y: 62, width: 128 * Math.min(1, load || 0), height: 4, rx: 2}));
  group.append(drawn('title', {}, `${node.name}: ${node.type}\n${node.outs.map(out => out.name + ' ' + out.format).join('\n')}\nCPU ${fixed(100 * load, 2)} %`));
  return group;
}

// Each sink's ages against the budget, or, without one, against the worst of all.
function drawLatency() {
  const rows = Object.entries(run.sinks).map(([name, sink]) => {
    const bounds = graph.paths.filter(path => path.sink === name).map(path => path.total_ms);
    const bound = bounds.length ? Math.max(...bounds) : 0, budget = graph.budget_ms, ms = sink.latency_ms;
    const scale = 1.08 * Math.max(budget || 0, bound, ms.max, 1e-3), part = value => Math.min(100, 100 * value / scale) + '%';
    const track = element('div', {className: 'track'});
    const marks = [['i', '', 'max', ms.max], ['i', 'p99', 'p99', ms.p99], ['i', 'p50', 'p50', ms.p50]];
    for (const [tag, className, title, value] of marks) { const mark = element(tag, {className, title}); mark.style.width = part(value); track.append(mark); }
    const edges = [['bound', 'stated bound', bound], ['budget', 'budget', budget]];
    for (const [className, title, value] of edges) if (value) { const edge = element('b', {className, title}); edge.style.left = part(value); track.append(edge); }
    const text = `p50 ${fixed(ms.p50, 2)}  p99 ${fixed(ms.p99, 2)}  max ${fixed(ms.max, 2)} ms` + (budget ? ` of ${budget} ms` : '');
    const drops = `${sink.blocks} blocks, ${sink.late} late, ${sink.shed} shed` + (bound ? `, bound ${fixed(bound)} ms` : '');
    return element('div', {className: budget && ms.p99 > budget ? 'bar over' : 'bar'}, element('p', {}, element('strong', {}, name), element('span', {className: 'number'}, text)),
      track, element('p', {className: 'soft number'}, drops));
  });
  $('latency').replaceChildren(...rows);
}

function drawNodes() {
  $('nodes').replaceChildren(...graph.nodes.map(node => {
    const {blocks, load} = rates(node.name), shown = Object.entries(run.nodes[node.name]?.counters || {}).map(([name, value]) => `${name} ${+fixed(value, 2)}`).join(', ');
    const cell = (text, className = '') => element('td', {className}, text);
    return element('tr', {}, cell(node.name), cell(node.type, 'soft'), cell(fixed(blocks, 1), 'number'), cell(fixed(100 * load, 2) + ' %', 'number'), cell(shown, 'soft'));
  }));
}

function drawFacts() {
  const cores = before && run.elapsed_s > before.elapsed_s ? Object.keys(run.nodes).reduce((sum, name) => sum + (rates(name).load || 0), 0) : NaN;
  const facts = [['up', clock(run.elapsed_s)], ['CPU of nodes', fixed(100 * cores, 1) + ' %'], ['xruns', fixed(run.xruns, 0)],
    ['priority', run.realtime ? 'real-time' : run.live ? 'normal' : '–'], ['budget', graph.budget_ms ? graph.budget_ms + ' ms' : 'none']];
  $('facts').replaceChildren(...facts.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, value))));
}

async function putParam(node, param, value, note) {
  const path = ['params', ...node.split('/'), param].map(encodeURIComponent).join('/');
  const answer = await ask('/' + path, {method: 'PUT', body: value, headers: {'Content-Type': 'text/plain'}});
  note.textContent = answer.ok ? '' : (await answer.json()).error;
}
function paramRow(node, param) {
  const note = element('output'), id = `${node.name}.${param.name}`, number = parseFloat(param.value);
  const field = element('input', {className: 'value', value: param.value, 'aria-label': id, title: param.doc});
  field.dataset.param = id;
  field.addEventListener('change', () => putParam(node.name, param.name, field.value, note));
  const row = element('div', {className: 'param'}, element('span', {title: param.doc}, id));
  if (param.type === 'boolean') {
    const box = element('input', {type: 'checkbox', checked: param.value === 'true', 'aria-label': id});
    box.addEventListener('change', () => { field.value = String(box.checked); putParam(node.name, param.name, field.value, note); });
    row.append(box);
  } else if (param.min !== null && param.max !== null) {
    const slider = element('input', {type: 'range', min: param.min, max: param.max, step: 'any', value: number, 'aria-label': id + ' slider'});
    slider.addEventListener('change', () => { field.value = `${+(+slider.value).toPrecision(3)} ${param.unit}`.trim(); putParam(node.name, param.name, field.value, note); });
    row.append(slider);
  } else {
    row.append(element('span', {className: 'soft'}, param.doc));
  }
  row.append(field, note);
  return row;
}
function drawParams() {
  const rows = graph.nodes.flatMap(node => node.params.filter(param => param.live).map(param => paramRow(node, param)));
  $('params').replaceChildren(...(rows.length ? rows : [element('p', {className: 'soft'}, 'No node of this graph has a parameter that may be changed while it runs.')]));
}

function note(event) {
  const {event: kind, at_s, ...rest} = event, bad = ['late', 'shed', 'xrun', 'error', 'fault'].includes(kind);
  const text = kind + ' ' + Object.entries(rest).filter(([, value]) => !(Array.isArray(value) && !value.length)).map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' ') : value}`).join(', ');
  $('events').prepend(element('li', {}, element('time', {}, clock(at_s ?? run?.elapsed_s ?? 0)), element('span', {className: bad ? 'bad' : ''}, text)));
  while ($('events').children.length > kMostEvents) $('events').lastChild.remove();
}
function hear(event) {
  if (event.event !== 'run') note(event);
  if (event.event === 'edit') load();
  if (event.event === 'state') setState(event.state);
  if (event.event === 'param') {
    const field = document.querySelector(`[data-param="${CSS.escape(event.node + '.' + event.param)}"]`);
    if (field && field !== document.activeElement) field.value = event.value;
  }
  if (event.event !== 'run') return;
  before = run;
  run = event;
  setState(run.state, run.faults.length > 0);
  $('state').title = run.faults.join('\n');
  if (graph) draw();
}
function draw() { drawGraph(); drawLatency(); drawNodes(); drawFacts(); }

async function load() {
  const answer = await ask('/graph.json');
  if (answer.status === 401) { setState('locked'); $('unlock').hidden = false; return false; }
  graph = await answer.json();
  run ||= graph.run;
  $('name').textContent = document.title = graph.graph || 'Sluice';
  drawParams();
  draw();
  return true;
}
async function connect() {
  try {
    if (!await load()) return;
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/events${token && '?token=' + encodeURIComponent(token)}`);
    socket.onmessage = message => { retryMs = kFirstRetryMs; hear(JSON.parse(message.data)); };
    socket.onclose = retry;
  } catch { retry(); }
}
function retry() {
  if (root.dataset.state !== 'ended') setState('lost');
  setTimeout(connect, retryMs);
  retryMs = Math.min(2 * retryMs, kLastRetryMs);
}
$('unlock').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem('token', token = $('token').value);
  $('unlock').hidden = true;
  connect();
});
new ResizeObserver(() => { if (run) drawGraph(); }).observe($('graph'));
takeToken();
connect();

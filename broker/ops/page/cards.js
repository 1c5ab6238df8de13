// What stands on the cards of the picture.
import { withoutTime } from './attention.js';
import { ago, count, counted, element, icon, rate, span, svg } from './words.js';

/** What there is to say of each card: key → `{condition, state, name, rate, lines, …}`. */
export function facts(status, rates, at) {
  const known = new Map();
  const note = (key, value) => rates.note(key, value, at);
  for (const one of status.listeners) {
    const key = `listeners/${one.name}`;
    known.set(key, { ...listener(one), rate: note(key, one.received), line: rates.line(key) });
    known.set(`senders/${one.name}`, sender(one));
  }
  for (const one of status.routes) {
    const key = `routes/${one.name}`;
    known.set(key, { ...route(one), rate: note(key, one.matched) });
  }
  const records = new Map(status.topics.map((one) => [one.name, one]));
  for (const name of new Set([...status.routes.map((one) => one.topic), ...records.keys()])) {
    const key = `topics/${name}`;
    known.set(key, { ...topic(name, records.get(name)), rate: note(key, records.get(name)?.records ?? 0) });
  }
  for (const one of status.destinations) {
    const key = `destinations/${one.name}`;
    known.set(key, { ...destination(one), rate: note(key, one.delivered), line: rates.line(key) });
  }
  return known;
}

function sender(one) {
  const files = one.kind === 'folder';
  const chip = files ? ['Files', 'in a folder'] : [count(one.connections), one.connections === 1 ? 'connection' : 'connections'];
  return { chip, condition: files || one.connections > 0 ? 'ok' : 'idle', label: `Senders to ${one.name}: ${chip.join(' ')}` };
}

function listener(one) {
  const numbers = [
    one.refused > 0 && { words: `${count(one.refused)} refused`, condition: 'retrying' },
    one.filtered > 0 && { words: `${count(one.filtered)} filtered`, condition: 'plain' },
    one.held > 0 && { words: `${count(one.held)} held`, condition: 'held' },
  ];
  return {
    name: one.name,
    condition: one.condition === 'ok' ? 'ok' : 'broken',
    state: one.condition === 'ok' ? '' : one.state, // the sign says it
    detail: [one.kind, one.address].filter(Boolean).join(' '),
    lines: [one.silent_seconds === null ? 'no message yet' : `last message ${ago(one.silent_seconds)}`],
    numbers: numbers.filter(Boolean),
    error: one.condition === 'ok' ? '' : one.last_error,
  };
}

function route(one) {
  const sources = one.sources.length === 0 ? 'all listeners' : one.sources.join(', ');
  const leads = `From ${sources} to ${[one.topic, ...one.destinations].join(', ')}`;
  return { name: one.name, detail: one.purpose, lines: [`${count(one.matched)} matched`], numbers: [], plain: true, leads };
}

function topic(name, row) {
  return {
    name,
    detail: row?.partitions > 0 ? counted(row.partitions, 'partition') : '',
    lines: [row ? counted(row.records, 'record') : 'no record yet'],
    numbers: [],
    plain: true,
  };
}

function destination(one) {
  const oldest = one.oldest_waiting_seconds === null ? '' : `, oldest ${span(one.oldest_waiting_seconds)}`;
  const numbers = [
    one.backlog > 0 && { words: `${count(one.backlog)} waiting${oldest}`, condition: 'retrying' },
    one.held > 0 && { words: `${count(one.held)} held`, condition: 'held' },
    one.skipped > 0 && { words: `${count(one.skipped)} skipped`, condition: 'plain' },
  ];
  const lines = [`${count(one.delivered)} delivered`];
  if (one.next_try_seconds !== null && one.condition === 'retrying') lines.push(`next try in ${span(one.next_try_seconds)}`);
  const words = { ok: 'up', idle: 'idle', retrying: 'retrying', paused: 'paused', broken: 'at a stop' };
  return {
    name: one.name,
    condition: one.condition,
    state: words[one.condition],
    detail: [one.kind, one.address].filter(Boolean).join(' '),
    lines,
    numbers: numbers.filter(Boolean),
    error: one.condition === 'paused' || one.condition === 'broken' ? one.state : one.condition === 'retrying' ? withoutTime(one.last_error) : '',
  };
}

// The last minute of a rate, as the hill that a card stands on.
function sparkline(values) {
  const [width, height] = [120, 26];
  const most = Math.max(...values, 1);
  const step = width / (values.length - 1);
  const points = values.map((value, i) => `L${(i * step).toFixed(1)} ${(height - (value / most) * (height - 2)).toFixed(1)}`);
  const hill = svg('path', { d: `M0 ${height}${points.join('')}L${width} ${height}z` });
  return svg('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, hill);
}

/** Draws a card anew; nothing happens when it would look the same. */
export function draw(card, fact) {
  const look = JSON.stringify(fact);
  if (card.dataset.look === look) return;
  card.dataset.look = look;
  card.className = card.className.replace(/ is-\w+/, '') + ` is-${fact.condition ?? 'ok'}`;
  card.setAttribute('aria-label', fact.label ?? `${fact.name}, ${[fact.state, fact.detail, rate(fact.rate)].filter(Boolean).join(', ')}`);
  card.replaceChildren(...(fact.chip ? [element('b', {}, fact.chip[0]), fact.chip[1]] : content(fact)));
}

function content(fact) {
  const name = element('h3', {}, fact.plain ? null : icon(fact.condition), element('span', { class: 'name', title: fact.name }, fact.name));
  return [
    fact.line?.length > 2 ? sparkline(fact.line) : '',
    element('div', { class: 'head' }, name, element('span', { class: 'rate' }, rate(fact.rate))),
    element('p', { class: 'small' }, fact.state ? element('b', {}, fact.state) : null, fact.state && fact.detail ? ' · ' : '', fact.detail),
    element('p', { class: 'small' }, fact.lines.join(' · ')),
    fact.leads ? element('p', { class: 'small leads' }, fact.leads) : '',
    fact.numbers.length > 0 ? element('ul', { class: 'numbers' }, fact.numbers.map((one) => element('li', { class: one.condition }, one.words))) : '',
    fact.error ? element('p', { class: 'error', title: fact.error }, fact.error) : '',
  ];
}

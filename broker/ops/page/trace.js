// Finding a message by its id and showing its way.
import { clock, count, counted, element, icon } from './words.js';

const patience = 10000; // ms

const conditionOf = {
  Published: 'ok', Delivered: 'ok', Received: 'idle', Normalised: 'idle', Stored: 'idle', Waiting: 'retrying', Filtered: 'paused',
  Skipped: 'paused', Held: 'held', held: 'held', Refused: 'broken', released: 'idle', Flagged: 'retrying',
};
const condition = (what) => conditionOf[what] ?? 'idle';

const state = (what) => element('span', { class: `state ${condition(what)}` }, icon(condition(what)), what);

const joined = (...parts) => parts.filter((part) => part).join(', ');

function story(lines) {
  const rows = lines.map((line) =>
    element(
      'li',
      { class: condition(line.what) },
      element('time', { datetime: line.at ?? '' }, clock(line.at)),
      icon(condition(line.what)),
      element(
        'div',
        {},
        element('strong', {}, line.what),
        line.where ? ` at ${line.where}` : '',
        element('p', {}, joined(line.why, line.answer && `answer ${line.answer}`, line.tries > 1 && `${count(line.tries)} tries`, line.who && `by ${line.who}`)),
      ),
    ),
  );
  return element('ol', { class: 'story' }, rows);
}

/** A titled list; nothing when it is empty. */
function part(title, rows) {
  return rows.length === 0 ? null : element('section', {}, element('h4', {}, title), element('ul', {}, rows));
}

function decisions(way) {
  const deliveries = way.destinations.map((one) => {
    const waits = one.state === 'Waiting' && one.next_try ? `next try ${clock(one.next_try)}` : '';
    return element('li', {}, state(one.state), element('b', {}, one.name), element('span', { class: 'small' }, joined(one.why, one.answer && `${one.state === 'Waiting' ? 'last try:' : 'answer'} ${one.answer}`, one.tries > 0 && counted(one.tries, 'try', 'tries'), waits, one.purpose, `route ${one.route}`)));
  });
  const topics = way.topics.map((one) => {
    const place = one.places[0] ? `partition ${one.places[0].partition}${one.places[0].position < 0 ? '' : `, position ${count(one.places[0].position)}`}` : '';
    return element('li', {}, element('b', {}, one.name), element('span', { class: 'small' }, joined(place, one.content, one.purpose, `route ${one.route}`)));
  });
  const routes = way.routes.map((one) => element('li', { class: one.matched ? '' : 'quiet' }, element('b', {}, `${one.matched ? 'Yes' : 'No'}: ${one.name}`), element('span', { class: 'small' }, one.why)));
  const issues = way.issues.map((one) => element('li', {}, element('b', {}, joined(one.severity, one.at)), element('span', { class: 'small' }, one.text)));
  return element('div', { class: 'decisions' }, part('Deliveries', deliveries), part('Topics', topics), part('Routes', routes), part('Issues', issues));
}

function way(one, open) {
  const from = one.received;
  const head = element(
    'summary',
    {},
    state(one.state),
    element('h3', {}, one.control_id || one.id),
    element('span', { class: 'small' }, joined(one.control_id && one.id, one.type, `received ${clock(from.at)} UTC by ${from.listener} from ${from.peer}`, counted(from.bytes, 'byte'))),
  );
  const reason = one.reason ? element('p', { class: 'reason' }, one.reason) : null;
  return element('details', { class: condition(one.state), open }, head, reason, element('div', { class: 'body' }, story(one.story), decisions(one)));
}

export class Search {
  #form;
  #field;
  #place;
  #asked = 0;

  constructor(form, field, place) {
    this.#form = form;
    this.#field = field;
    this.#place = place;
  }

  /** Listens to the form and to the address: `#message=ID` finds at once, so a find can be sent to a colleague. */
  begin() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const id = this.#field.value.trim();
      const fragment = id ? `#message=${encodeURIComponent(id)}` : '#';
      if (location.hash === fragment) this.#find(id);
      else location.hash = fragment;
    });
    addEventListener('hashchange', () => this.#follow());
    this.#follow();
  }

  #follow() {
    const found = /^#message=(.+)$/.exec(location.hash);
    let id = '';
    try {
      id = found ? decodeURIComponent(found[1]) : '';
    } catch {
      id = found[1];
    }
    this.#field.value = id;
    this.#find(id);
  }

  async #find(id) {
    const mine = ++this.#asked;
    if (!id) return this.#close();
    let shown;
    try {
      const answer = await fetch(`api/trace?id=${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(patience), cache: 'no-store' });
      if (!answer.ok) throw new Error(await answer.text());
      shown = this.#result(id, await answer.json());
    } catch (error) {
      shown = [element('p', { class: 'none' }, `This could not be asked: ${error.message}`)];
    }
    if (mine !== this.#asked) return;
    const close = element('button', { type: 'button', class: 'close' }, 'Close');
    close.addEventListener('click', () => {
      location.hash = '';
      this.#field.focus();
    });
    this.#place.replaceChildren(close, ...shown);
    this.#place.hidden = false;
    this.#place.scrollIntoView({ block: 'nearest' });
  }

  #result(id, ways) {
    if (ways.length === 0) return [element('p', { class: 'none' }, 'No message has the control id or Tieline id ', element('b', {}, id), '.')];
    const many = ways.length > 1 ? element('p', { class: 'small' }, `${count(ways.length)} messages have this id, the newest first.`) : '';
    return [many, ...ways.map((one, i) => way(one, i === 0))];
  }

  #close() {
    this.#place.hidden = true;
    this.#place.replaceChildren();
  }
}

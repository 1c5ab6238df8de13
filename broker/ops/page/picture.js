// The picture of the flow: cards in columns, and the lines between them.
import { draw as drawCard, facts } from './cards.js';
import { Lines } from './lines.js';
import { arrange, links } from './links.js';
import { element } from './words.js';

const columns = ['listeners', 'routes', 'topics', 'destinations'];

export class Picture {
  #place;
  #rates;
  #lines;
  #cards = new Map(); // key, `routes/admissions` → its element
  #structure = '';

  constructor(place, rates) {
    this.#place = place;
    this.#rates = rates;
    this.#lines = new Lines(place, place.querySelector('.lines'));
  }

  show(status) {
    const at = Date.parse(status.now) / 1000;
    const known = facts(status, this.#rates, at);
    const all = links(status, known);
    const structure = JSON.stringify(all.map((one) => [one.from, one.to])) + [...known.keys()].join();
    if (structure !== this.#structure) this.#build(status, all);
    this.#structure = structure;
    for (const [key, fact] of known) if (this.#cards.has(key)) drawCard(this.#cards.get(key), fact);
    this.#lines.show(all, this.#cards);
  }

  // New cards and a new order, when a part has come or gone.
  #build(status, all) {
    this.#cards.clear();
    const order = arrange(status, all);
    for (const name of columns) {
      const column = this.#place.querySelector(`.column.${name}`);
      column.replaceChildren(...order[name].map((key) => (name === 'listeners' ? this.#wayIn(key) : this.#card(key, name))));
      if (order[name].length === 0) column.append(element('p', { class: 'none' }, 'None'));
    }
  }

  // A sender's chip stands beside its listener.
  #wayIn(key) {
    return element('div', { class: 'way-in' }, this.#card(key.replace('listeners/', 'senders/'), 'senders'), this.#card(key, 'listeners'));
  }

  #card(key, kind) {
    const card = element('article', { class: `card ${kind}`, tabindex: 0 });
    card.dataset.key = key;
    for (const [event, key_of] of [['pointerenter', key], ['focus', key], ['pointerleave', null], ['blur', null]])
      card.addEventListener(event, () => this.#lines.light(key_of));
    this.#cards.set(key, card);
    return card;
  }
}

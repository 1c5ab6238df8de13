// Draws the lines between cards; dots move along them while messages do.
import { through } from './links.js';
import { svg } from './words.js';

const tip = 7; // px, of an arrow

const speed = (rate) => (rate <= 0 ? '' : rate < 1 ? 'slow' : rate < 20 ? 'steady' : 'fast');

export class Lines {
  #place;
  #canvas;
  #drawn = new Map(); // key of a line → its group
  #all = [];
  #cards = new Map();

  constructor(place, canvas) {
    this.#place = place;
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(place);
  }

  show(all, cards) {
    this.#all = all;
    this.#cards = cards;
    this.#draw();
  }

  /** Shows the ways through one card and dims all else; null: all alike. */
  light(key) {
    const lit = key === null ? null : through(key, this.#all);
    this.#place.classList.toggle('choosing', lit !== null);
    for (const [name, card] of this.#cards) card.classList.toggle('lit', lit?.has(name) ?? false);
    for (const [name, group] of this.#drawn) group.classList.toggle('lit', lit?.has(name) ?? false);
  }

  #draw() {
    const frame = this.#place.getBoundingClientRect();
    this.#canvas.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`);
    const gone = new Set(this.#drawn.keys());
    for (const one of this.#all) {
      const [from, to] = [this.#cards.get(one.from), this.#cards.get(one.to)];
      if (!from || !to) continue;
      gone.delete(one.key);
      this.#drawOne(one, from.getBoundingClientRect(), to.getBoundingClientRect(), frame);
    }
    for (const key of gone) {
      this.#drawn.get(key).remove();
      this.#drawn.delete(key);
    }
  }

  // From the middle of one card's right side to the middle of another's left; only what changed is touched, so that the dots go on.
  #drawOne(one, from, to, frame) {
    const group = this.#drawn.get(one.key) ?? this.#make(one.key);
    const [x1, y1] = [from.right - frame.left, from.top + from.height / 2 - frame.top];
    const [x2, y2] = [to.left - frame.left - 2, to.top + to.height / 2 - frame.top];
    const bend = Math.max(12, (x2 - x1) / 2);
    const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - tip - bend} ${y2} ${x2 - tip} ${y2}`;
    const [line, dots, arrow] = group.children;
    for (const each of [line, dots]) if (each.getAttribute('d') !== path) each.setAttribute('d', path);
    arrow.setAttribute('d', `M${x2} ${y2}l${-tip} -4.5v9z`);
    const look = `line ${one.condition} ${speed(one.rate)}${one.sure ? '' : ' perhaps'}`;
    if (group.dataset.look !== look) group.setAttribute('class', look + (group.classList.contains('lit') ? ' lit' : ''));
    group.dataset.look = look;
  }

  #make(key) {
    const group = svg('g', {}, svg('path', { class: 'way' }), svg('path', { class: 'dots' }), svg('path', { class: 'arrow' }));
    this.#canvas.append(group);
    this.#drawn.set(key, group);
    return group;
  }
}

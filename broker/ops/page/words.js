// Numbers and times for people, and elements without markup: every text that came from outside becomes a text node.

const whole = new Intl.NumberFormat('en-GB');

export const count = (number) => whole.format(number ?? 0);

/** `1 message`, `3 messages` */
export const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** A span of seconds: `850 ms`, `4 s`, `3 min`, `2 h`, `5 d`. */
export function span(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** How long ago, for what changes each second anyway. */
export const ago = (seconds) => (seconds < 1 ? 'just now' : `${span(seconds)} ago`);

/** Messages a second: `12/s`, `0.4/s`, `3/min`; empty for none. */
export function rate(perSecond) {
  if (!(perSecond > 0)) return '';
  if (perSecond >= 9.95) return `${count(Math.round(perSecond))}/s`;
  if (perSecond >= 0.095) return `${perSecond.toFixed(1)}/s`;
  return `${Math.max(1, Math.round(perSecond * 60))}/min`;
}

/** The time of day in UTC, `10:15:30.123`; the day before it where that is not today. */
export function clock(iso) {
  if (!iso) return '';
  const today = new Date().toISOString().slice(0, 10);
  const time = iso.slice(11, 23);
  return iso.startsWith(today) ? time : `${iso.slice(0, 10)} ${time}`;
}

/** An element with attributes and children; texts are text nodes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The sign of a condition: a shape of its own as well as a colour. */
export function icon(condition) {
  return svg('svg', { class: `icon ${condition}`, 'aria-hidden': 'true', viewBox: '0 0 16 16' }, svg('use', { href: `#icon-${condition}` }));
}

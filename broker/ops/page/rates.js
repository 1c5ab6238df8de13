// Rates from counters that are read again and again.

const kept = 60; // samples of a line, one a second
const smoothed = 5; // samples that a rate is taken over

const perSecond = (before, after) => (after.at > before.at ? Math.max(0, (after.value - before.value) / (after.at - before.at)) : 0);

/** Keeps the last minute of each counter. */
export class Rates {
  #series = new Map();
  #started = null;

  /** A new picture of the broker; counters begin again when it was started again. */
  begin(started) {
    if (this.#started !== started) this.#series.clear();
    this.#started = started;
  }

  /** Notes a counter's value at a moment (seconds) and gives its rate a second. */
  note(name, value, at) {
    const series = this.#series.get(name) ?? [];
    series.push({ value, at });
    if (series.length > kept + 1) series.shift();
    this.#series.set(name, series);
    const before = series[Math.max(0, series.length - 1 - smoothed)];
    return perSecond(before, { value, at });
  }

  /** The rates of the last minute, oldest first. */
  line(name) {
    const series = this.#series.get(name) ?? [];
    return series.slice(1).map((one, i) => perSecond(series[Math.max(0, i + 1 - smoothed)], one));
  }
}

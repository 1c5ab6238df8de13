// Which card leads to which, and in which order cards stand so that few lines cross.

/**
 * The lines: `[{from, to, routes: [names], rate, condition, sure}]`; a line between two cards stands once. Which listener's
 * messages a route took is not counted: where several could be meant, the rate is only what could be (`sure` is false).
 */
export function links(status, known) {
  const made = new Map();
  const add = (from, to, route, rate, condition = 'ok', sure = true) => {
    const key = `${from}>${to}`;
    const one = made.get(key) ?? { key, from, to, routes: [], rate: 0, condition, sure };
    if (route !== null) one.routes.push(route);
    one.rate = Math.max(one.rate, rate);
    made.set(key, one);
  };
  const rateOf = (key) => known.get(key)?.rate ?? 0;
  const taking = (route, listener) => route.sources.length === 0 || route.sources.includes(listener.name);
  for (const listener of status.listeners) {
    const mine = `listeners/${listener.name}`;
    add(`senders/${listener.name}`, mine, null, rateOf(mine), listener.condition === 'ok' ? 'ok' : 'broken');
    for (const route of status.routes.filter((one) => taking(one, listener))) {
      made.get(`senders/${listener.name}>${mine}`).routes.push(route.name);
      const active = status.listeners.filter((one) => taking(route, one) && rateOf(`listeners/${one.name}`) > 0);
      add(mine, `routes/${route.name}`, route.name, Math.min(rateOf(mine), rateOf(`routes/${route.name}`)), 'ok', active.length < 2);
    }
  }
  const conditions = new Map(status.destinations.map((one) => [one.name, one.condition]));
  for (const route of status.routes) {
    const topic = `topics/${route.topic}`;
    add(`routes/${route.name}`, topic, route.name, rateOf(`routes/${route.name}`));
    for (const name of route.destinations) {
      const condition = conditions.get(name) ?? 'broken';
      add(topic, `destinations/${name}`, route.name, rateOf(`destinations/${name}`), condition === 'idle' ? 'ok' : condition);
    }
  }
  return [...made.values()];
}

/** The keys of each column from top to bottom: each card near the middle of those that lead to it. */
export function arrange(status, all) {
  const place = new Map();
  const order = { listeners: status.listeners.map((one) => `listeners/${one.name}`) };
  order.listeners.forEach((key, i) => place.set(key, i / Math.max(1, order.listeners.length)));
  const topics = new Set([...status.routes.map((one) => one.topic), ...status.topics.map((one) => one.name)]);
  const next = {
    routes: status.routes.map((one) => `routes/${one.name}`),
    topics: [...topics].map((name) => `topics/${name}`),
    destinations: status.destinations.map((one) => `destinations/${one.name}`),
  };
  for (const [column, keys] of Object.entries(next)) {
    const middle = (key) => {
      const before = all.filter((one) => one.to === key && place.has(one.from)).map((one) => place.get(one.from));
      return before.length === 0 ? 1 : before.reduce((sum, one) => sum + one, 0) / before.length;
    };
    const middles = new Map(keys.map((key) => [key, middle(key)]));
    order[column] = keys.sort((a, b) => middles.get(a) - middles.get(b));
    order[column].forEach((key, i) => place.set(key, i / Math.max(1, keys.length)));
  }
  return order;
}

/** The keys of the cards and lines that a message could touch on a way through this card. */
export function through(key, all) {
  const touching = all.filter((one) => one.from === key || one.to === key);
  const routes = new Set(touching.flatMap((one) => one.routes));
  const lit = new Set([key]);
  const follow = (near, far) => {
    const waiting = [key];
    while (waiting.length > 0) {
      const at = waiting.pop();
      for (const one of all.filter((link) => link[near] === at && (link.routes.length === 0 || link.routes.some((name) => routes.has(name))))) {
        lit.add(one.key);
        if (!lit.has(one[far])) waiting.push(one[far]);
        lit.add(one[far]);
      }
    }
  };
  follow('from', 'to');
  follow('to', 'from');
  return lit;
}

// What a person should look at now, worst first, with what to do about it.
import { count, counted, element, icon, span } from './words.js';

const daysWorthTelling = 30;

function* ofBroker(status) {
  if (!status.ready) yield { condition: 'broken', title: 'Not ready', text: `${status.not_ready}. Senders are not answered until this is over.` };
  if (status.reloads.fault)
    yield { condition: 'retrying', title: 'The configuration file is not in force', text: `The last reload was refused and changed nothing. ${status.reloads.fault}` };
  const bus = status.bus;
  if (!bus.up)
    yield {
      condition: 'broken',
      title: 'The bus is away',
      text: `${bus.last_error || bus.state}. Senders are answered still; ${counted(bus.behind, 'message')} wait to be published.`,
    };
  else if (bus.lag_seconds > 5)
    yield { condition: 'retrying', title: 'Publishing lags', text: `${counted(bus.behind, 'message')} behind, the oldest for ${span(bus.lag_seconds)}.` };
  if (status.damaged > 0)
    yield {
      condition: 'broken',
      title: `${counted(status.damaged, 'stored value')} damaged on the disk`,
      text: 'None of it is delivered. The log names each: store.damaged.',
    };
  if (status.held_before_bus > 0)
    yield {
      condition: 'held',
      title: `${counted(status.held_before_bus, 'message')} held before the bus`,
      text: 'They could not be normalised.',
      command: 'tieline held list',
    };
}

function* ofListeners(status) {
  for (const one of status.listeners)
    if (one.condition !== 'ok') yield { condition: 'broken', title: `${one.name} takes no messages`, text: `${one.state}. ${one.last_error}` };
}

function* ofDestinations(status) {
  for (const one of status.destinations) {
    const waits = one.backlog > 0 ? ` ${counted(one.backlog, 'message')} wait, the oldest for ${span(one.oldest_waiting_seconds ?? 0)}.` : '';
    if (one.condition === 'paused')
      yield { condition: 'paused', title: `${one.name} is paused`, text: `${one.state}.${waits}`, command: `tieline resume ${one.name} --reason "…"` };
    else if (one.condition === 'broken') yield { condition: 'broken', title: `${one.name} is at a stop`, text: `${one.state}.${waits}` };
    else if (one.condition === 'retrying')
      yield {
        condition: 'retrying',
        title: `${one.name} gets nothing now`,
        text: `${withoutTime(one.last_error)}.${waits}${one.next_try_seconds === null ? '' : ` Next try in ${span(one.next_try_seconds)}.`}`,
      };
    if (one.held > 0)
      yield {
        condition: 'held',
        title: `${counted(one.held, 'message')} held at ${one.name}`,
        text: 'The receiver calls them wrong, or a person took them out of the way.',
        command: `tieline held list --destination ${one.name}`,
      };
  }
}

function* ofCertificates(status) {
  for (const one of status.certificates)
    if (one.days_left < daysWorthTelling)
      yield {
        condition: one.days_left < 7 ? 'broken' : 'retrying',
        title: one.days_left < 0 ? 'A certificate has ended' : `A certificate ends in ${count(Math.floor(one.days_left))} days`,
        text: one.path,
      };
}

/** Errors begin with the time when they came: `2026-11-24T10:15:30.123Z connection refused`. */
export const withoutTime = (error) => error.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, '');

const order = ['broken', 'retrying', 'paused', 'held'];

/** All that needs attention: `[{condition, title, text, command}]`. */
export function troubles(status) {
  return [...ofBroker(status), ...ofListeners(status), ...ofDestinations(status), ...ofCertificates(status)].sort(
    (a, b) => order.indexOf(a.condition) - order.indexOf(b.condition),
  );
}

export function show(list, all) {
  const rows = all.map((one) =>
    element(
      'li',
      { class: one.condition },
      icon(one.condition),
      element('p', {}, element('strong', {}, one.title), `: ${one.text}`),
      one.command ? element('code', {}, one.command) : null,
    ),
  );
  if (rows.length === 0) rows.push(element('li', { class: 'ok' }, icon('ok'), element('p', {}, 'Nothing. All that came is on its way or has arrived.')));
  list.replaceChildren(...rows);
}

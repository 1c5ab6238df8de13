// The page: asks for the status each second and shows it.
import * as attention from './attention.js';
import { Picture } from './picture.js';
import { Rates } from './rates.js';
import { Search } from './trace.js';
import { count, counted, element, icon, span } from './words.js';

const lookEvery = 1000; // ms
const patience = 5000; // ms for one answer

const at = (id) => document.getElementById(id);
const rates = new Rates();
const picture = new Picture(at('picture'), rates);
let lastSeen = null;
let lastTroubles = '';

function showReady(condition, words) {
  if (at('ready').textContent !== words) at('ready').replaceChildren(icon(condition), words);
}

function showHead(status, troubles) {
  at('node').textContent = status.node;
  showReady(status.ready ? 'ok' : 'broken', status.ready ? 'Ready' : `Not ready: ${status.not_ready}`);
  const lag = status.bus.behind === 0 ? 'none' : `${span(status.bus.lag_seconds)}, ${counted(status.bus.behind, 'message')}`;
  const facts = [
    ['Up', span(status.uptime_seconds)],
    ['Bus', `${status.bus.kind}, ${status.bus.state}`],
    ['Publish lag', lag],
    ['Stored', count(status.bus.appended)],
  ];
  at('facts').replaceChildren(...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  document.title = `${troubles.length > 0 ? `(${troubles.length}) ` : ''}${status.node} · Tieline`;
  at('updated').textContent = `Tieline ${status.version} · ${status.now.slice(0, 19).replace('T', ' ')} UTC`;
}

function show(status) {
  const troubles = attention.troubles(status);
  showHead(status, troubles);
  const said = JSON.stringify(troubles);
  if (said !== lastTroubles) attention.show(at('attention'), troubles);
  lastTroubles = said;
  rates.begin(status.started);
  picture.show(status);
}

function lose(why) {
  const since = lastSeen ? ` since ${lastSeen.toISOString().slice(11, 19)} UTC` : '';
  at('lost').textContent = `No answer from Tieline${since}: ${why}. What you see is what was known then; this page goes on trying.`;
  at('lost').hidden = false;
  showReady('idle', 'Not known');
  document.title = 'No answer · Tieline';
  document.body.classList.add('stale');
}

async function look() {
  try {
    const answer = await fetch('api/status', { signal: AbortSignal.timeout(patience), cache: 'no-store' });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    show(await answer.json());
    lastSeen = new Date();
    at('lost').hidden = true;
    document.body.classList.remove('stale');
  } catch (error) {
    lose(error.message);
  }
  setTimeout(look, lookEvery);
}

new Search(at('search'), at('search-id'), at('message')).begin();
look();

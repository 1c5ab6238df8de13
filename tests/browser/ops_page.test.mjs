// Looks at the ops page of a running Tieline in a real Chromium.
// Usage: node ops_page.test.mjs URL OUTDIR [CONTROL_ID]
//   URL: the ops port, http://127.0.0.1:9464/; OUTDIR: where pictures of the page go; CONTROL_ID: of a message that it has,
//   which is then found and read.
// Exit: 0 all is as it should be; 1 something is not, a line each; 2 usage.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, folder, controlId] = process.argv.slice(2);
if (!url || !folder) {
  console.error('Usage: node ops_page.test.mjs URL OUTDIR [CONTROL_ID]');
  process.exit(2);
}
const patience = 15000; // ms, for anything that has to appear
const faults = [];
const check = (holds, what) => {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) faults.push(what);
};

async function open(size, colours, reducedMotion = 'no-preference') {
  const profile = mkdtempSync(join(tmpdir(), 'tieline-chromium-'));
  const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags, viewport: size, colorScheme: colours, reducedMotion,
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(patience);
  page.on('console', (said) => ['error', 'warning'].includes(said.type()) && faults.push(`the console says: ${said.text()}`));
  page.on('pageerror', (error) => faults.push(`the page fails: ${error.message}`));
  page.on('request', (asked) => asked.url().startsWith(url) || faults.push(`the page fetches from elsewhere: ${asked.url()}`));
  await page.goto(url);
  await page.locator('.card.destinations').first().waitFor();
  return { page, close: () => browser.close().then(() => rmSync(profile, { recursive: true, force: true })) };
}

/** What an element's colours and its background's contrast to: WCAG 2.1 §1.4.3. */
const contrasts = () => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || element.closest('svg') || !element.offsetParent || element.matches('.skip')) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
};

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function seesThePicture({ page }) {
  const status = await (await page.request.get(new URL('api/status', url).href)).json();
  await page.locator('#ready:not(:empty)').waitFor();
  check((await page.locator('#ready').innerText()).startsWith(status.ready ? 'Ready' : 'Not ready'), 'it says whether Tieline is ready');
  check((await page.locator('#node').innerText()) === status.node, 'it names the node');
  check((await page.locator('#facts').innerText()).includes('Publish lag'), 'it tells the publish lag');
  check((await page.locator('footer').innerText()).includes('No patient data'), 'it says that it shows no patient data');
  for (const kind of ['listeners', 'routes', 'destinations']) {
    const names = (await page.locator(`.card.${kind} .name`).allInnerTexts()).sort();
    check(JSON.stringify(names) === JSON.stringify(status[kind].map((one) => one.name).sort()), `it shows all ${kind}: ${names.join(', ')}`);
  }
  const states = await page.locator('.card.destinations svg.icon').count();
  check(states === status.destinations.length, 'each destination has a sign of its state');
  const expected = status.routes.reduce((sum, one) => sum + one.destinations.length, 0);
  check((await page.locator('#lines .line').count()) >= status.listeners.length + status.routes.length + Math.min(1, expected), 'lines lead from one to the next');
  check(await page.locator('#attention li').count() > 0, 'it says what needs attention, or that nothing does');
}

async function goesByKeyboard({ page }) {
  await page.locator('.card.routes').first().focus();
  check((await page.locator('.card.lit').count()) > 1, 'the keyboard shows the way through a route');
  await page.locator('#search-id').focus();
  check((await page.locator('.card.lit').count()) === 0, 'and leaves it again');
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement.textContent === 'Find'), 'the button follows the field');
}

async function findsAMessage({ page }) {
  await page.getByLabel('Find a message').fill('no such message <b>');
  await page.keyboard.press('Enter');
  await page.locator('#message .none').waitFor();
  check((await page.locator('#message .none').innerText()).includes('<b>'), 'what nobody sent is not found, and markup stays text');
  if (controlId) {
    await page.getByLabel('Find a message').fill(controlId);
    await page.keyboard.press('Enter');
    await page.locator('#message .story').first().waitFor();
    const text = await page.locator('#message').innerText();
    for (const word of [controlId, 'Received', 'Routes']) check(text.includes(word), `the message's way names ${word}`);
    check((await page.locator('#message .story time').first().innerText()).length > 0, 'its steps have times');
    check(new URL(page.url()).hash === `#message=${encodeURIComponent(controlId)}`, 'the address can be sent to a colleague');
  }
}

async function run(name, size, colours, ...steps) {
  const shown = await open(size, colours);
  try {
    await shown.page.waitForTimeout(2500); // two more looks, so that there are rates
    for (const step of steps) await step(shown);
    check((await shown.page.evaluate(sideways)) <= 0, `${name}: nothing sticks out sideways`);
    const poor = await shown.page.evaluate(contrasts);
    check(poor.length === 0, `${name}: texts can be read ${poor.join('; ')}`);
    await shown.page.evaluate(() => document.activeElement.blur());
    await shown.page.mouse.move(0, 0);
    await shown.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  } finally {
    await shown.close();
  }
}

mkdirSync(folder, { recursive: true });
try {
  await run('wide', { width: 1280, height: 800 }, 'light', seesThePicture, goesByKeyboard);
  await run('wide-message', { width: 1280, height: 800 }, 'light', findsAMessage);
  await run('dark', { width: 1600, height: 900 }, 'dark', findsAMessage);
  await run('narrow', { width: 390, height: 844 }, 'light', seesThePicture);
} catch (error) {
  faults.push(error.message);
}
for (const fault of faults) console.error(`FAIL ${fault}`);
console.log(faults.length === 0 ? 'the ops page is as it should be' : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ChatRequest } from '../../../src/reward/chat/chat.js';
import { ChatClient, NoAnswer } from '../../../src/reward/chat/client.js';
import { steadyClock } from '../../../src/reward/chat/clock.js';
import { Endpoint } from '../../../src/reward/chat/endpoint.js';
import type { ClientSettings } from '../../../src/reward/chat/settings.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import {
  completion,
  inTurn,
  localEndpoint,
  nobodyHome,
  saying,
  send,
  sending,
  silence,
  type Answerer,
} from './local-endpoint.js';
import { TestClock } from './test-clock.js';

const prices = { price_per_million_input_tokens: 1, price_per_million_output_tokens: 10 };
const defaults: ClientSettings = {
  ...{ base_url: '', timeout_s: 5, retries: 0, concurrency: 4, requests_per_minute: 0 },
  ...{ break_after: 100, retry_after_s: 30, max_reply_bytes: 100_000, budget: { calls: 1000, ...prices } },
};

function request(text = 'hello'): ChatRequest {
  return { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: [{ type: 'text', text }] }] };
}

type Rig = {
  client: ChatClient;
  clock: TestClock;
  received: readonly { key: string | undefined; url: string }[];
};

async function rig(
  t: TestContext,
  answer: Answerer | string,
  changes: Partial<ClientSettings> = {},
  key?: string,
): Promise<Rig> {
  const { base_url, received } =
    typeof answer === 'string' ? { base_url: answer, received: [] } : await localEndpoint(t, answer);
  const settings = { ...defaults, ...changes, base_url };
  const clock = new TestClock();
  const { timeout_s, max_reply_bytes } = settings;
  const endpoint = new Endpoint({
    url: new URL(`${base_url}/chat/completions`),
    key,
    timeout_s,
    max_reply_bytes,
  });
  return { client: new ChatClient(endpoint, settings, { clock, random: () => 1 }), clock, received };
}

async function reason(client: ChatClient, asked = request()): Promise<string> {
  const error = await client.ask(asked).then(
    () => assert.fail('there is an answer'),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof NoAnswer, String(error));
  return error.message;
}

test('an answer has text, what it cost, and the key goes where it belongs', async (t) => {
  const { client, received } = await rig(t, saying('fine'), {}, 'secret');
  const answer = await client.ask(request());
  assert.equal(answer.text, 'fine');
  assert.deepEqual(answer.usage, { input: 1000, output: 10 });
  assert.ok(Math.abs(answer.cost - 0.0011) < 1e-12);
  assert.equal(received[0].url, '/v1/chat/completions');
  assert.equal(received[0].key, 'Bearer secret');
});

test('nobody listens: the reason names the address, and every try is counted', async (t) => {
  const address = await nobodyHome();
  const { client, clock } = await rig(t, address, { retries: 2 });
  const { port } = new URL(address);
  assert.equal(await reason(client), `endpoint: connect ECONNREFUSED 127.0.0.1:${port} (3 tries)`);
  assert.deepEqual(clock.slept, [0.5, 1]);
  assert.equal(client.budget.calls, 3);
});

test('a server that does not answer in time costs one time-out a try, and what it may have computed counts as spent', async (t) => {
  const { client, received } = await rig(t, silence, { timeout_s: 0.2, retries: 1 });
  assert.equal(await reason(client), 'endpoint: no reply within 0.2 s (2 tries)');
  assert.equal(received.length, 2);
  assert.ok(client.budget.money > 0);
});

test('a reply that begins and never ends runs into the time-out as well', async (t) => {
  const { client } = await rig(t, (_, response) => void response.writeHead(200).write('{"choices": ['), {
    timeout_s: 0.2,
  });
  assert.equal(await reason(client), 'endpoint: no reply within 0.2 s');
});

test('a connection that the server closes in the middle of a reply is an error and is tried again', async (t) => {
  const { client } = await rig(
    t,
    (_, response, count) => {
      if (count === 2) return send(response, completion('back'));
      response.writeHead(200, { 'content-length': '1000' }).write('{"choices"');
      setImmediate(() => response.socket?.end());
    },
    { retries: 1 },
  );
  assert.equal((await client.ask(request())).text, 'back');
});

test('429 and 503 are waited out for as long as the server asks', async (t) => {
  const { client, clock, received } = await rig(
    t,
    inTurn(
      sending('{}', 429, { 'retry-after': '3' }),
      sending('{"error": {"message": "loading"}}', 503),
      saying('there'),
    ),
    { retries: 3 },
  );
  assert.equal((await client.ask(request())).text, 'there');
  assert.deepEqual([clock.slept, received.length], [[3, 1], 3]);
});

test('a pause longer than the time-out is not slept through: nobody asks until it is over', async (t) => {
  const { client, clock, received } = await rig(
    t,
    inTurn(sending('{}', 429, { 'retry-after': '600' }), saying('there')),
    { retries: 3 },
  );
  assert.equal(await reason(client), 'endpoint: HTTP 429 Too Many Requests: {}');
  clock.time = 599;
  assert.equal(await reason(client), 'endpoint: HTTP 429 Too Many Requests: {}; not asked again for 1 s');
  clock.time = 601;
  assert.equal((await client.ask(request())).text, 'there');
  assert.deepEqual([clock.slept, received.length], [[], 2]);
});

test('a request that the server refuses is not sent again, its own words are in the reason, the key is not', async (t) => {
  const said = { error: { message: 'Incorrect API key: secret\nLook it up' } };
  const { client, received } = await rig(t, sending(JSON.stringify(said), 401), { retries: 5 }, 'secret');
  assert.equal(await reason(client), 'endpoint: HTTP 401 Unauthorized: Incorrect API key: (key) Look it up');
  assert.deepEqual([received.length, client.budget.money], [1, 0]);
});

test('a redirect is not followed', async (t) => {
  const elsewhere = await localEndpoint(t, saying('stolen'));
  const { client } = await rig(t, sending('', 307, { location: `${elsewhere.base_url}/chat/completions` }));
  assert.match(await reason(client), /^endpoint: HTTP 307 .*a redirect to http.*which is not followed$/);
  assert.equal(elsewhere.received.length, 0);
});

const page = '<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>';
const nonsense: readonly [body: string, said: RegExp][] = [
  [page, /^endpoint: the reply is not JSON: <!DOCTYPE html> <html>/],
  ['', /^endpoint: the reply is not JSON: \(nothing\)$/],
  [completion('yes').slice(0, 60), /^endpoint: the reply is not JSON/],
  ['null', /^endpoint: the reply holds no text/],
  ['[]', /^endpoint: the reply holds no text/],
  ['{"choices": []}', /^endpoint: the reply holds no text/],
  ['{"choices": [{"message": {"content": 7}}]}', /^endpoint: the reply holds no text/],
  ['{"choices": [{"message": {"content": null, "refusal": "I will not"}}]}', /is a refusal: I will not$/],
  ['{"__proto__": {"choices": [{"message": {"content": "yes"}}]}}', /^endpoint: the reply holds no text/],
];
for (const [body, said] of nonsense) {
  test(`a reply that is no completion is no answer, and not asked for again: ${JSON.stringify(body.slice(0, 30))}`, async (t) => {
    const { client, received } = await rig(t, sending(body), { retries: 3 });
    assert.match(await reason(client), said);
    assert.equal(received.length, 1);
  });
}

test('of a reply that is too long no more than the limit is read', async (t) => {
  let cut: Promise<unknown> | undefined;
  const { client } = await rig(t, (_, response) => {
    cut = once(response, 'close');
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  assert.equal(await reason(client), 'endpoint: the reply is longer than 100000 bytes');
  await cut;
});

test('the budget of calls counts tries, and then nothing is sent', async (t) => {
  const { client, received } = await rig(t, sending('{}', 500), {
    ...{ retries: 1, budget: { calls: 3, ...prices } },
  });
  await reason(client, request('a'));
  assert.equal(await reason(client, request('b')), 'budget: 3 calls are spent');
  assert.equal(await reason(client, request('c')), 'budget: 3 calls are spent');
  assert.equal(received.length, 3);
});

test('a question that was answered costs nothing again, in this process and in the next one', async (t) => {
  const cache = join(scratchFolder(t), 'replies');
  const { client, received } = await rig(t, saying('fine'), { cache }, 'secret');
  const asked = request();
  assert.deepEqual([(await client.ask(asked)).cached, (await client.ask(asked)).cached], [false, true]);
  assert.equal((await client.ask(asked, 1)).cached, false, 'a second sample is asked for');
  assert.equal((await client.ask(request('other'))).cached, false);
  assert.deepEqual([received.length, readdirSync(cache).length], [3, 3]);
  for (const file of readdirSync(cache))
    assert.doesNotMatch(readFileSync(join(cache, file), 'utf8'), /secret/);
});

test('a new client finds what an earlier one has asked, and asks again where a file is damaged', async (t) => {
  const cache = join(scratchFolder(t), 'replies');
  const { base_url, received } = await localEndpoint(t, saying('fine'));
  const url = new URL(`${base_url}/chat/completions`);
  const endpoint = new Endpoint({ url, key: undefined, timeout_s: 5, max_reply_bytes: 10_000 });
  const next = (): ChatClient => new ChatClient(endpoint, { ...defaults, base_url, cache });
  await next().ask(request());
  const again = await next().ask(request());
  assert.deepEqual([again.text, again.cached, again.cost, received.length], ['fine', true, 0, 1]);
  const [file] = readdirSync(cache);
  writeFileSync(join(cache, file), '{"choices": [');
  assert.equal((await next().ask(request())).cached, false);
  assert.equal((await next().ask(request())).cached, true, 'it was mended');
});

test('the same question asked many times at once is sent no more often than requests may run', async (t) => {
  const { client, received } = await rig(t, saying('fine'), { concurrency: 2 });
  await Promise.all(Array.from({ length: 20 }, () => client.ask(request())));
  assert.ok(received.length <= 2, `${received.length} requests`);
});

test('no more requests than allowed are on their way', async (t) => {
  let [now, most] = [0, 0];
  const { client } = await rig(
    t,
    async (_, response) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      send(response, completion('fine'));
    },
    { concurrency: 3 },
  );
  await Promise.all(Array.from({ length: 12 }, (_, i) => client.ask(request(String(i)))));
  assert.equal(most, 3);
});

test('requests a minute are kept to', async (t) => {
  const { client, clock } = await rig(t, saying('fine'), { requests_per_minute: 30 });
  for (const text of ['a', 'b', 'c']) await client.ask(request(text));
  assert.deepEqual(clock.slept, [2, 2]);
});

test('a dead endpoint is asked a few times, then left alone, then tried once', async (t) => {
  let alive = false;
  const { client, clock, received } = await rig(
    t,
    (_, response) => (alive ? send(response, completion('back')) : send(response, page, 502)),
    { break_after: 3, retry_after_s: 30 },
  );
  for (let i = 0; i < 3; i++) await reason(client, request(String(i)));
  for (let i = 3; i < 50; i++)
    assert.match(await reason(client, request(String(i))), /502.*not asked again for 30 s$/);
  assert.deepEqual([received.length, client.budget.calls], [3, 3]);
  clock.time += 31;
  await reason(client);
  assert.match(await reason(client), /not asked again/);
  assert.equal(received.length, 4);
  clock.time += 31;
  alive = true;
  assert.equal((await client.ask(request())).text, 'back');
});

test('an abort by the caller is passed on and says nothing about the endpoint', async (t) => {
  const { client, received } = await rig(t, inTurn(silence, saying('fine')), { break_after: 1 });
  const abort = new AbortController();
  const asked = client.ask(request(), 0, abort.signal);
  while (received.length === 0) await steadyClock.sleep(0.005);
  abort.abort(new Error('enough'));
  await assert.rejects(asked, /enough/);
  assert.equal((await client.ask(request())).text, 'fine');
  client.close();
  await assert.rejects(client.ask(request('after')), { name: 'AbortError' });
});

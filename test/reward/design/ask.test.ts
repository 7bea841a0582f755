import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { TextMessage } from '../../../src/reward/chat/chat.js';
import { askOf, type Ask, type ModelSettings } from '../../../src/reward/design/ask.js';
import {
  hangUp,
  inTurn,
  localEndpoint,
  nobodyHome,
  saying,
  sending,
  silence,
  type Answerer,
  type LocalEndpoint,
} from '../chat/local-endpoint.js';
import { TestClock } from '../chat/test-clock.js';

const hello: readonly TextMessage[] = [{ role: 'user', content: 'hello' }];

/** A model that is asked without waiting between tries. */
function modelAt(base: string, changes: Partial<ModelSettings> = {}): Ask {
  const url = new URL(`${base}/chat/completions?api-version=secret`);
  const settings = { url, key: undefined, model: 'm', timeout_s: 5, retries: 2, max_reply_bytes: 1000 };
  return askOf({ ...settings, ...changes }, { clock: new TestClock(), random: () => 1 });
}

/** One question, and the server that was asked. */
async function asked(
  t: TestContext,
  answerer: Answerer,
  changes: Partial<ModelSettings> = {},
): Promise<LocalEndpoint & { readonly answer: Promise<string> }> {
  const server = await localEndpoint(t, answerer);
  const answer = modelAt(server.base_url, changes)(hello);
  answer.catch(() => undefined);
  return { ...server, answer };
}

test('a question is a POST of model and messages, with the key if there is one', async (t) => {
  const { answer, received, base_url } = await asked(t, saying('hi'), { key: 'secret' });
  assert.equal(await answer, 'hi');
  const [request] = received;
  assert.equal(request.url, '/v1/chat/completions?api-version=secret');
  assert.equal(request.key, 'Bearer secret');
  assert.deepEqual(request.body, { model: 'm', messages: hello });
  await modelAt(base_url)(hello);
  assert.equal(received[1].key, undefined);
});

test('what may pass is tried again: overload, too many requests, a lost connection', async (t) => {
  const { answer, received } = await asked(t, inTurn(sending('busy', 503), hangUp, saying('hi')));
  assert.equal(await answer, 'hi');
  assert.equal(received.length, 3);
});

test('an error names the endpoint, what it said and the number of tries, and shows no key', async (t) => {
  const cases: readonly [answerer: Answerer, problem: string, tries: number][] = [
    [sending('slow  down', 429), 'HTTP 429 Too Many Requests: slow down (3 tries)', 3],
    [silence, 'no reply within 0.2 s (3 tries)', 3],
    [sending('{"error":"no, secret"}', 401), 'HTTP 401 Unauthorized: no, (key)', 1],
    [sending('<html>hello</html>'), 'the reply is not JSON: <html>hello</html>', 1],
    [sending('{"choices":[]}'), 'the reply holds no text in choices[0].message.content: {"choices":[]}', 1],
  ];
  for (const [answerer, problem, tries] of cases) {
    const { answer, received, base_url } = await asked(t, answerer, { key: 'secret', timeout_s: 0.2 });
    await assert.rejects(answer, { message: `${base_url}/chat/completions: ${problem}` });
    assert.equal(received.length, tries);
  }
  const nobody = await nobodyHome();
  const { host } = new URL(nobody);
  await assert.rejects(modelAt(nobody)(hello), {
    message: `${nobody}/chat/completions: connect ECONNREFUSED ${host} (3 tries)`,
  });
});

test('an answer without text is an empty one', async (t) => {
  const body = JSON.stringify({ choices: [{ message: { content: null, reasoning: 'hm' } }] });
  assert.equal(await (await asked(t, sending(body))).answer, '');
});

test('a question that is stopped says why it was, and is not asked again', async (t) => {
  for (const answerer of [silence, sending('busy', 503)]) {
    const { base_url, received } = await localEndpoint(t, answerer);
    const settings = { model: 'm', key: undefined, timeout_s: 60, retries: 2, max_reply_bytes: 1000 };
    const stop = new AbortController();
    // On real time, so that the stop comes during the request, or during the wait behind it.
    const answer = askOf({ ...settings, url: new URL(base_url) })(hello, stop.signal);
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await assert.rejects(answer, { message: 'enough' });
    assert.ok(received.length <= 1);
  }
});

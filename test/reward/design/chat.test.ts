import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { chat, type ChatMessage, type ChatSettings } from '../../../src/reward/design/chat.js';
import { languageModel, type LanguageModel, type Reply } from './language-model.js';

const hello: readonly ChatMessage[] = [{ role: 'user', content: 'hello' }];
const quick = { model: 'm', timeout_s: 5, attempts: 3, backoff_s: 0.001 };

/** One question, and the server that was asked. */
async function asked(
  t: TestContext,
  replies: readonly Reply[],
  changes: Partial<ChatSettings> = {},
): Promise<{ readonly answer: Promise<string>; readonly server: LanguageModel }> {
  const server = await languageModel(t, ...replies);
  const answer = chat({ ...quick, endpoint: server.endpoint, ...changes })(hello);
  answer.catch(() => undefined);
  return { answer, server };
}

test('a question is a POST of model and messages, with the key if there is one', async (t) => {
  const { answer, server } = await asked(t, [{ text: 'hi' }], { api_key: 'secret' });
  assert.equal(await answer, 'hi');
  const [request] = server.requests;
  assert.equal(request.path, '/v1/chat/completions');
  assert.equal(request.headers.authorization, 'Bearer secret');
  assert.deepEqual(request.body, { model: 'm', messages: hello, stream: false });
  const ask = chat({ ...quick, endpoint: `${server.endpoint}/chat/completions/?api-version=1` });
  await ask(hello);
  assert.equal(server.requests[1].path, '/v1/chat/completions?api-version=1');
  assert.equal(server.requests[1].headers.authorization, undefined);
});

test('what may pass is tried again: overload, too many requests, a lost connection', async (t) => {
  const replies: Reply[] = [{ status: 503, body: 'busy' }, 'hang up', { text: 'hi' }];
  const { answer, server } = await asked(t, replies);
  assert.equal(await answer, 'hi');
  assert.equal(server.requests.length, 3);
});

test('an endpoint that stays down is an error after so many tries', async (t) => {
  const { answer, server } = await asked(t, [{ status: 429, body: 'slow  down' }]);
  await assert.rejects(answer, /^TransientError|status 429: slow down/);
  assert.equal(server.requests.length, 3);
});

test('what will not pass is an error at once', async (t) => {
  const cases: readonly [Reply, RegExp][] = [
    [{ status: 401, body: '{"error":"no key"}' }, /status 401: \{"error":"no key"\}/],
    [{ status: 404, body: 'x'.repeat(1000) }, /status 404: x{200}\.\.\.$/],
    [{ status: 200, body: '<html>hello</html>' }, /something else than JSON: <html>hello/],
    [{ status: 200, body: '{"choices":[]}' }, /without choices\[0\]\.message/],
    [{ status: 200, body: 'null' }, /without choices/],
    [{ status: 200, body: '{"choices":[{"message":null}]}' }, /without choices/],
  ];
  for (const [reply, problem] of cases) {
    const { answer, server } = await asked(t, [reply]);
    await assert.rejects(answer, problem);
    assert.equal(server.requests.length, 1);
  }
});

test('an answer without text is an empty one', async (t) => {
  const body = JSON.stringify({ choices: [{ message: { content: null, reasoning: 'hm' } }] });
  assert.equal(await (await asked(t, [{ status: 200, body }])).answer, '');
});

test('an endpoint that does not answer is given up', async (t) => {
  const { answer } = await asked(t, ['silence'], { timeout_s: 0.05, attempts: 2 });
  await assert.rejects(answer, /did not answer within 0\.05 s/);
  const ask = chat({ ...quick, endpoint: 'http://127.0.0.1:9/v1', attempts: 1 });
  await assert.rejects(ask(hello), /127\.0\.0\.1:9\/v1\/chat\/completions cannot be reached: /);
});

test('a question that is stopped says why it was, and is not asked again', async (t) => {
  const server = await languageModel(t, 'silence');
  const stop = new AbortController();
  const answer = chat({ ...quick, endpoint: server.endpoint })(hello, stop.signal);
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await assert.rejects(answer, /enough/);
  assert.ok(server.requests.length <= 1);
});

test('an address that is none, and a key that cannot be sent, are refused without showing the key', () => {
  for (const endpoint of ['', 'localhost:8000', 'ftp://host/v1', 'file:///etc/passwd'])
    assert.throws(() => chat({ ...quick, endpoint }), ConfigError, endpoint);
  assert.throws(
    () => chat({ ...quick, endpoint: 'http://host/v1', api_key: 'top\nsecret' }),
    (error) => error instanceof ConfigError && !error.message.includes('top'),
  );
});

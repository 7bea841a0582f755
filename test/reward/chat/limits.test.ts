import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff, retryAfter } from '../../../src/reward/chat/backoff.js';
import { Budget } from '../../../src/reward/chat/budget.js';
import type { ChatRequest } from '../../../src/reward/chat/chat.js';
import { CircuitBreaker } from '../../../src/reward/chat/circuit-breaker.js';
import { RateLimit } from '../../../src/reward/chat/rate-limit.js';
import { Slots } from '../../../src/reward/chat/slots.js';

const request: ChatRequest = {
  ...{ model: 'm', max_tokens: 100 },
  messages: [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(300) }] }],
};

test('requests are spaced evenly, and a pause is not saved up', () => {
  const rate = new RateLimit(60);
  assert.deepEqual([rate.take(0), rate.take(0), rate.take(0.5)], [0, 1, 1.5]);
  assert.equal(rate.take(100), 0);
  assert.equal(rate.take(100), 1);
  assert.equal(new RateLimit(0).take(5), 0);
});

test('no more than the limit runs at once, in the order of asking, and an aborted wait leaves no hole', async () => {
  const slots = new Slots(2);
  const log: string[] = [];
  const finish: (() => void)[] = [];
  const job = (name: string, signal?: AbortSignal): Promise<void> =>
    slots.run(() => {
      log.push(name);
      return new Promise<void>((resolve) => finish.push(resolve));
    }, signal);
  const abort = new AbortController();
  const jobs = [job('a'), job('b')];
  const dropped = assert.rejects(job('c', abort.signal), /gone/);
  jobs.push(job('d'));
  await Promise.resolve();
  abort.abort(new Error('gone'));
  await dropped;
  assert.deepEqual(log, ['a', 'b']);
  finish[0]();
  await jobs[0];
  await new Promise(setImmediate);
  assert.deepEqual(log, ['a', 'b', 'd']);
  finish.slice(1).forEach((done) => done());
  await Promise.all(jobs);
  await assert.rejects(
    slots.run(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await slots.run(() => Promise.resolve(3)), 3, 'a job that failed gave its slot back');
});

test('the delay before another try doubles up to half a minute, and is never shorter than the server asked for', () => {
  assert.deepEqual([backoff(0, 0), backoff(0, 1), backoff(1, 1), backoff(20, 1)], [0.25, 0.5, 1, 30]);
  assert.equal(backoff(0, 0, 7), 7);
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (attempt, random) => {
        const delay = backoff(attempt, random);
        assert.ok(delay >= 0.25 && delay <= 30);
      },
    ),
  );
});

test('Retry-After is a number of seconds or a date; anything else is not there', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(retryAfter('3', now), 3);
  assert.equal(retryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now), 60);
  assert.equal(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  for (const header of [null, '', 'soon', '-5x', 'NaN']) assert.equal(retryAfter(header, now), undefined);
});

test('a breaker opens after so many failures in a row, lets one request try, and closes when that is answered', () => {
  const breaker = new CircuitBreaker(3, 30);
  breaker.failed(0, 'down');
  breaker.failed(0, 'down');
  breaker.succeeded();
  breaker.failed(1, 'down');
  breaker.failed(1, 'down');
  assert.equal(breaker.begin(1), undefined, 'two in a row');
  breaker.failed(2, 'down');
  assert.equal(breaker.begin(3), 'down; not asked again for 29 s');
  assert.equal(breaker.begin(32), undefined, 'the trial');
  assert.equal(breaker.begin(32), 'down; it is just being tried again');
  breaker.failed(33, 'still down');
  assert.equal(breaker.begin(40), 'still down; not asked again for 23 s', 'one failed trial is enough');
  assert.equal(breaker.begin(63), undefined);
  breaker.undecided();
  assert.equal(breaker.begin(63), undefined, 'an aborted trial does not block the next');
  breaker.succeeded();
  assert.equal(breaker.refusal(63), undefined);
  breaker.failed(64, 'x');
  assert.equal(breaker.refusal(64), undefined, 'failures are counted anew');
});

test('calls in the budget are counted as they are sent', () => {
  const prices = { price_per_million_input_tokens: 0, price_per_million_output_tokens: 0 };
  const budget = new Budget({ calls: 2, ...prices });
  assert.deepEqual(budget.reserve(request), { cost: 0 });
  assert.deepEqual(budget.reserve(request), { cost: 0 });
  assert.equal(budget.reserve(request), '2 calls are spent');
  assert.equal(budget.calls, 2);
});

test('money is never overdrawn, however many requests are on their way', () => {
  const prices = { price_per_million_input_tokens: 1000, price_per_million_output_tokens: 1000 };
  // 100 tokens in, 100 out at most: 0.2 each.
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 40 }), (outputs) => {
      const budget = new Budget({ calls: 1000, money: 1, ...prices });
      const open = outputs.map((output) => ({ output, reserve: budget.reserve(request) }));
      assert.ok(budget.money <= 1 + 1e-9);
      for (const { output, reserve } of open)
        if (typeof reserve !== 'string') budget.pay(reserve, { input: 100, output });
      assert.ok(budget.money <= 1 + 1e-9);
    }),
  );
  const budget = new Budget({ calls: 1000, money: 0.3, ...prices });
  const first = budget.reserve(request);
  assert.ok(typeof first !== 'string');
  assert.equal(budget.reserve(request), '0.2 of 0.3 are spent, and a call may cost 0.2');
  assert.equal(budget.pay(first, { input: 50, output: 0 }), 0.05);
  const second = budget.reserve(request);
  assert.ok(typeof second !== 'string');
  assert.equal(budget.pay(second, undefined), 0.2, 'the estimate, where nobody counted');
  const poor = new Budget({ calls: 1, money: 0.2, ...prices });
  const refused = poor.reserve(request);
  assert.ok(typeof refused !== 'string');
  poor.refund(refused);
  assert.equal(poor.money, 0);
});

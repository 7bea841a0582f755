import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { chatUrl, keyIn } from '../../../src/reward/chat/address.js';

const place = { file: 'reward.yaml', key: 'critics.vlm.base_url' };

test('chats are completed below the path of the address, unless that is where it leads', () => {
  const urls = [
    ['http://host:8000/v1', 'http://host:8000/v1/chat/completions'],
    ['https://host', 'https://host/chat/completions'],
    ['http://host/v1//', 'http://host/v1/chat/completions'],
    ['http://host/v1/chat/completions/?api-version=1', 'http://host/v1/chat/completions?api-version=1'],
  ] as const;
  for (const [address, url] of urls) assert.equal(chatUrl(address, place).href, url);
});

test('an address that is none, or that holds a password, is refused without showing that', () => {
  const wrong = [
    '',
    'nowhere',
    'localhost:8000',
    'ftp://host/v1',
    'file:///etc/passwd',
    'http://me:secret@host',
  ];
  for (const address of wrong)
    assert.throws(
      () => chatUrl(address, place),
      (error) => error instanceof ConfigError && error.key === place.key && !error.message.includes('secret'),
      address,
    );
});

test('a key comes from the variable that is named, and one that cannot be sent is refused without showing it', (t) => {
  t.after(() => delete process.env['GRAFT_TEST_KEY']);
  assert.equal(keyIn(undefined, place), undefined);
  process.env['GRAFT_TEST_KEY'] = ' tell-nobody\n';
  assert.equal(keyIn('GRAFT_TEST_KEY', place), 'tell-nobody');
  for (const [key, problem] of [
    ['', /GRAFT_TEST_KEY is not set/],
    ['tell\nnobody', /characters that a header cannot have/],
  ] as const) {
    process.env['GRAFT_TEST_KEY'] = key;
    assert.throws(
      () => keyIn('GRAFT_TEST_KEY', place),
      (error) =>
        error instanceof ConfigError && problem.test(error.problem) && !error.problem.includes('tell'),
    );
  }
});

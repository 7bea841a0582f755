import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { graft } from '../../../src/cli/command-line.js';
import { recordedEpisodes } from '../../../src/reward/recorded-episodes.js';
import { judgementsOf } from '../../../src/reward/reward-message.js';
import { findTask } from '../../../src/sim/task.js';
import { EpisodeBag } from '../../../src/worlds/episode-bag.js';
import { WorldRunner } from '../../../src/worlds/world-runner.js';
import { scratchFolder } from '../../config/scratch-folder.js';

test('graft bag relabel adds what critics say, those of a reward file or one of them', async (t) => {
  const folder = scratchFolder(t);
  const [demos, out, second] = ['demos', 'out', 'second'].map((name) => join(folder, name));
  const task = findTask('lift');
  const agent = { kind: 'expert', noise: true } as const;
  const runner = await WorldRunner.create(task, { task: 'lift', agent, randomise: false, trace: true });
  const bag = await EpisodeBag.open(join(demos, 'bag'), task);
  await bag.append(await runner.run(40));
  await bag.close();
  await runner.dispose();
  const reward = join(folder, 'reward.yaml');
  writeFileSync(
    reward,
    'task: lift\ncritics: { success: { kind: success_expression }, person: { kind: human } }',
  );
  const said: string[] = [];
  t.mock.method(console, 'log', (text: unknown) => void said.push(String(text)));
  t.mock.method(console, 'error', (text: unknown) => void said.push(String(text)));
  t.mock.method(process.stderr, 'write', () => true);

  assert.equal(await graft(['bag', 'relabel', demos, out, '--reward', reward]), 0);
  assert.match(said.at(-1)!, /out: (\d+) opinions on 1 episodes; 0 earlier ones left out$/);
  for await (const episode of recordedEpisodes([out])) {
    const last = ['success', 'person'].map((critic) => judgementsOf(episode, critic).at(-1)?.progress);
    assert.deepEqual(last, [1, 1]);
  }
  assert.equal(await graft(['bag', 'relabel', out, second, '--reward', reward, '--critic', 'person']), 0);
  const replaced = /out: (\d+) opinions/.exec(said.at(-2)!)![1];
  assert.match(
    said.at(-1)!,
    new RegExp(`${Number(replaced) / 2} opinions .* ${Number(replaced) / 2} earlier`),
  );

  assert.equal(await graft(['bag', 'relabel', demos, out, '--reward', reward]), 1);
  assert.match(said.at(-1)!, /out exists already/);
  const third = join(folder, 'third');
  assert.equal(await graft(['bag', 'relabel', demos, third, '--reward', reward, '--critic', 'persom']), 1);
  assert.match(said.at(-1)!, /reward\.yaml: critics: has no critic persom; did you mean person\?/);
  assert.ok(!existsSync(third));
});

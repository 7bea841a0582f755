import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BagReader } from '../../src/bag/reader.js';
import { createCodec } from '../../src/interfaces/codec.js';
import type { Domain, ExecutedStep, JointState, Observation } from '../../src/interfaces/graft-messages.js';
import { readEpisodes } from '../../src/learning/bag-episodes.js';
import { observeWorld } from '../../src/sim/rollout.js';
import { findTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';
import { WorldObserver } from '../../src/sim/world-observer.js';
import { EpisodeBag } from '../../src/worlds/episode-bag.js';
import { runEpisodes, type PoolRequest } from '../../src/worlds/pool.js';
import type { WorldEpisode } from '../../src/worlds/world-runner.js';

const request: PoolRequest = {
  ...{ task: 'lift', agent: { kind: 'expert', noise: true }, randomise: false, trace: true },
  ...{ worlds: 2, seed: 40, episodes: 4 },
};

async function collect(changes: Partial<PoolRequest>): Promise<WorldEpisode[]> {
  const episodes: WorldEpisode[] = [];
  for await (const episode of runEpisodes({ ...request, ...changes })) episodes.push(episode);
  return episodes;
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-worlds-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('two worlds give the same episodes as one, in the order of the seeds', async () => {
  const [two, one] = [await collect({}), await collect({ worlds: 1 })];
  assert.deepEqual(
    two.map(({ seed }) => seed),
    [40, 41, 42, 43],
  );
  assert.deepEqual(two, one);
  assert.ok(one.some(({ success }) => success));
});

test('leaving the loop early ends the threads', async () => {
  const seeds: number[] = [];
  for await (const { seed } of runEpisodes({ ...request, episodes: 1000 })) {
    seeds.push(seed);
    if (seeds.length === 2) break;
  }
  // The test runner would wait for a thread that still runs.
  assert.deepEqual(seeds, [40, 41]);
});

test('a world that cannot be made says why', async () => {
  await assert.rejects(
    collect({ task: 'lyft' }),
    /lyft: is neither a task nor a task file; did you mean lift/,
  );
  const agent = { kind: 'base', policy: '/nowhere' } as const;
  await assert.rejects(collect({ agent }), /nowhere.*manifest/);
});

test('a bag of demonstrations holds what was seen and done', async (t) => {
  const folder = join(scratch(t), 'bag');
  const episodes = await collect({ episodes: 2 });
  const bag = await EpisodeBag.open(folder, findTask('lift'));
  const ids = [];
  for (const episode of episodes) ids.push(await bag.append(episode));
  await bag.close();
  const read = await readEpisodes([folder], 'demo');
  assert.equal(read.incomplete, 0);
  assert.equal(read.steps, episodes[0].steps + episodes[1].steps);
  assert.deepEqual(
    read.episodes.map(({ id }) => id),
    ids,
  );
  read.episodes.forEach(({ observation, executed, success, terminated }, i) => {
    const { trace, steps } = episodes[i];
    assert.equal(success, episodes[i].success);
    assert.equal(terminated, episodes[i].terminated);
    assert.deepEqual(
      observation,
      trace.map(({ observed }) => observed),
    );
    assert.deepEqual(
      executed.map((row) => [...row]),
      trace.slice(0, steps).map(({ limited }) => [...limited]),
    );
  });
});

test('a randomised demonstration can be simulated again out of its bag, images too', async (t) => {
  const folder = join(scratch(t), 'bag');
  const [episode] = await collect({ task: 'lift_pixels', episodes: 1, randomise: true });
  const task = findTask('lift_pixels');
  const bag = await EpisodeBag.open(folder, task);
  await bag.append(episode);
  await bag.close();
  const { domain, joint_states, executed_step, observation } = await readBag(folder);
  const [{ seed, names, values }] = domain as Domain[];
  const world = await World.create(task);
  t.after(() => world.dispose());
  world.reset(Number(seed), { domain: world.recordedDomain(names, values) });
  const states = joint_states as JointState[];
  const observer = new WorldObserver(world);
  const seen = observation as Observation[];
  const check = (step: number): void => {
    assert.deepEqual([...world.jointPositions()], [...states[step].position], `step ${step}`);
    const { images } = observer.observe(observeWorld(world));
    assert.deepEqual(
      images,
      seen[step].images.map(({ data }) => data),
      `step ${step}`,
    );
  };
  check(0);
  (executed_step as ExecutedStep[]).forEach(({ joints, executed }, i) => {
    world.step(Object.fromEntries(joints.map((name, k) => [name, executed[k]])));
    check(i + 1);
  });
});

/** Decoded messages by topic, without the slash. */
async function readBag(folder: string): Promise<Record<string, unknown[]>> {
  const reader = await BagReader.open(folder);
  const messages: Record<string, unknown[]> = {};
  for await (const { topic, type, data } of reader.messages())
    (messages[topic.slice(1)] ??= []).push(createCodec(type).decode(data.slice()));
  await reader.close();
  return messages;
}

/** A small run folder as the demo leaves it, made without ROS, simulator or training. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { BagWriter } from '../../src/bag/writer.js';
import { runFolder, writeStage, type RunFolder } from '../../src/cli/run-folder.js';
import { stageNames } from '../../src/cli/report/run-record.js';
import type { EpisodeRecord } from '../../src/episodes/log.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { hyperparameters } from '../../src/learning/hyperparameters.js';
import { saveCheckpoint } from '../../src/learning/checkpoint.js';
import { seededRandom } from '../../src/sim/random.js';
import type { Image } from '../../src/sim/camera/image.js';

/** Episodes with these outcomes, 40 steps each; seeds count from `firstSeed`. */
export function episodeRecords(
  kind: EpisodeRecord['kind'],
  outcomes: readonly boolean[],
  firstSeed = 0,
): EpisodeRecord[] {
  return outcomes.map((success, i) => ({
    episode_id: `${kind}-${i}`,
    seed: firstSeed + i,
    kind,
    outcome: success ? 'success' : 'failure',
    terminated: success,
    truncated: !success,
    steps: 40,
    total_steps: 40 * (i + 1),
    wall_s: 0.5 * (i + 1),
    policy_version: i,
  }));
}

function jsonLines(file: string, lines: readonly object[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function writeBase(run: RunFolder): string {
  const onnx = Buffer.from('stands for an ONNX file');
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  mkdirSync(run.base, { recursive: true });
  writeFileSync(join(run.base, 'policy.onnx'), onnx);
  const manifest = {
    policy: 'policy.onnx',
    sha256,
    control_rate_hz: 12.5,
    observation: {
      input: 'observation',
      names: ['elbow.position', 'elbow.velocity'],
      clip: 5,
      images: [{ input: 'head', image: { camera: 'head', width: 96, height: 84 } }],
    },
    features: { output: 'features', size: 64 },
    action: { output: 'action', joints: ['elbow'], lower: [-1], upper: [1], chunk_size: 4, execute: 1 },
    training_data: { episodes: 50, transitions: 1310 },
  };
  writeFileSync(join(run.base, 'manifest.yaml'), stringify(manifest));
  const settings = {
    chunk_size: 4,
    execute: 1,
    hidden_size: 256,
    iterations: 1000,
    learning_rate: 0.001,
    seed: 0,
  };
  const record = { settings, episodes: 50, transitions: 1310, loss: 0.01, seconds: 9.3 };
  writeFileSync(join(run.base, 'training.json'), JSON.stringify(record));
  return sha256;
}

function writeTraining(run: RunFolder, base_sha256: string, steps: number): void {
  const random = seededRandom(1);
  const outcomes = Array.from({ length: steps / 40 }, (_, i) => random() < 0.4 + (0.55 * i * 40) / steps);
  jsonLines(join(run.train, 'episodes.jsonl'), episodeRecords('rollout', outcomes, 100_100_000));
  const metrics = Array.from({ length: steps / 100 }, (_, i) => ({
    step: 100 * (i + 1),
    updates: Math.max(0, 100 * (i + 1) - 2000),
    critic_loss: 0.002 + 0.02 * Math.exp(-i / 40) * (0.7 + 0.6 * random()),
    actor_loss: -0.5,
    target_mean: 0.5,
    residual_abs: i < 20 ? 0 : 0.03 * (1 - Math.exp(-(i - 20) / 30)) + 0.002 * random(),
    success_rate: 0.5,
    steps_per_s: 61.5,
    wall_s: (100 * (i + 1)) / 61.5,
  }));
  jsonLines(join(run.train, 'metrics.jsonl'), metrics);
  saveCheckpoint(run.checkpoint, {
    tensors: { 'actor/w': Float32Array.of(1, 2) },
    progress: { steps, updates: steps, version: 3, random: [1] },
    base_sha256,
    settings: hyperparameters({ total_steps: steps }),
  });
}

/** A run folder with everything but a film: base 9 of 20, residual 19 of 20. */
export function syntheticRun(t: Pick<TestContext, 'after'>, steps = 20_000): RunFolder {
  const folder = mkdtempSync(join(tmpdir(), 'graft-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const run = runFolder(folder);
  writeTraining(run, writeBase(run), steps);
  const outcomes = (successes: number): boolean[] => Array.from({ length: 20 }, (_, i) => i < successes);
  for (const [policy, successes] of [
    ['base', 9],
    ['residual', 19],
  ] as const) {
    const records = episodeRecords('evaluation', outcomes(successes), 10_000);
    jsonLines(join(run.evaluate, policy, 'episodes.jsonl'), records);
  }
  stageNames.forEach((stage, i) => {
    const settings = stage === 'train' ? { task: 'lift', steps, seed: 7 } : { task: 'lift', demos: 50 };
    writeStage(run, { stage, seconds: 10 * i + 5, finished: '2026-01-02T03:04:05.000Z', settings });
  });
  return run;
}

/** Adds the film of one policy: a bag of images 0.08 s apart, and its episode. Needs the definitions of sensor_msgs. */
export async function addFilm(
  run: RunFolder,
  policy: 'base' | 'residual',
  images: readonly Image[],
): Promise<void> {
  const folder = join(run.film, policy);
  jsonLines(join(folder, 'episodes.jsonl'), episodeRecords('evaluation', [policy === 'residual'], 10_012));
  const codec = createCodec('sensor_msgs/msg/Image');
  const writer = await BagWriter.open(join(folder, 'bag'), {
    onError: ({ message }) => {
      throw new Error(message);
    },
  });
  writer.addTopic({
    name: '/robot1/scene/image_raw',
    type: codec.type,
    schemaText: codec.definition.text,
    qos: { history: 'keep_last', depth: 5, reliability: 'best_effort', durability: 'volatile' },
  });
  images.forEach(({ width, height, data }, i) => {
    const stamp = { sec: 3 + Math.floor(i * 0.08), nanosec: Math.round(((i * 0.08) % 1) * 1e9) };
    const header = { stamp, frame_id: 'scene_optical' };
    const message = { header, width, height, encoding: 'rgb8', is_bigendian: 0, step: 3 * width, data };
    const logTime = BigInt(i) * 80_000_000n;
    writer.write('/robot1/scene/image_raw', { logTime, publishTime: logTime, data: codec.encode(message) });
  });
  await writer.close();
}

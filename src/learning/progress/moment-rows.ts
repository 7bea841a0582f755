/** Which moments a batch is made of: demonstrations, what is made of them that is not done, and what failed or nobody showed. */
import type { Random } from '../../engine/index.js';
import type { ImageSpec, Observed } from '../../robot/image-spec.js';
import type { Label, LabelledClip, LabelledMoment, LabelSettings } from './labelled-clips.js';
import { rewindRegion } from './rewound-region.js';

/** One row: what is observed, which may be put together of several moments, and what is known of it. */
export type Row = Label & {
  readonly observed: Observed;
  /** index of the clip that it is from */
  readonly clip: number;
};

export type RowSettings = Pick<LabelSettings, 'most_of_failure' | 'stages'> & {
  /** Of what is put together of several moments so many are made of each kind; undefined: anew for each batch. */
  readonly madeRows?: number | undefined;
};

/** Shares of a batch: the same moment once more, moments put together of several, and what failed or nobody showed. */
const shares = { again: 1 / 16, mismatched: 1 / 8, rewound: 1 / 8, others: 1 / 4 } as const;

/** Moments of a demonstration that are drawn together. */
const together = 6;

/** A part of a picture is rewound to a moment of no more progress than this. */
const mostBefore = 0.7;

export class MomentRows {
  readonly #shown: readonly number[];
  readonly #others: readonly number[];
  /** by kind, those that were put together */
  readonly #made = new Map<string, Row[]>();

  constructor(
    private readonly clips: readonly LabelledClip[],
    private readonly images: readonly ImageSpec[],
    private readonly settings: RowSettings,
    private readonly random: Random,
  ) {
    const indices = [...clips.keys()];
    this.#shown = indices.filter((i) => clips[i].shown);
    this.#others = indices.filter((i) => !clips[i].shown);
  }

  /** `size` rows in random order. */
  draw(size: number): Row[] {
    const count = (share: number): number => Math.round(share * size);
    const rows: Row[] = [];
    const others = this.#others.length === 0 ? 0 : count(shares.others);
    for (let i = 0; i < others; i++) rows.push(this.#other());
    for (let i = 0; i < count(shares.mismatched); i++)
      rows.push(this.#kept('mismatched', () => this.#mismatched()));
    for (let i = 0; i < count(shares.rewound); i++) rows.push(this.#kept('rewound', () => this.#rewound()));
    const again = count(shares.again);
    while (rows.length < size - again) {
      const clip = this.#pick(this.#shown);
      const room = Math.min(together, size - again - rows.length);
      for (let k = 0; k < room; k++) rows.push(rowOf(clip, this.#shownMoment(clip, k)));
    }
    rows.push(...rows.slice(rows.length - again));
    return shuffled(rows, this.random);
  }

  /** Made anew each time, or if only so many may be made, one of those once they are there. */
  #kept(kind: string, make: () => Row): Row {
    const { madeRows } = this.settings;
    if (madeRows === undefined) return make();
    const rows = this.#made.get(kind) ?? [];
    if (rows.length === madeRows) return this.#pick(rows);
    rows.push(make());
    this.#made.set(kind, rows);
    return rows[rows.length - 1];
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.random.integer(from.length)];
  }

  /** The first two of those drawn together are from the end, where done is decided. */
  #shownMoment(clip: number, k: number): LabelledMoment {
    const { moments } = this.clips[clip];
    if (k === 0) return this.#pick(moments.filter(({ done }) => done === true));
    if (k === 1) return this.#pick(lastThird(moments));
    if (k === 2 && this.random.uniform() < 0.5) return moments[0];
    return this.#pick(moments);
  }

  /** Of what failed, or was not shown, half are from the end. */
  #other(): Row {
    const clip = this.#pick(this.#others);
    const { moments } = this.clips[clip];
    return rowOf(clip, this.#pick(this.random.uniform() < 0.5 ? lastThird(moments) : moments));
  }

  /** Cameras that show different times: progress is no more than the earliest of them shows. */
  #mismatched(): Row {
    const [clip, other] = [this.#pick(this.#shown), this.#pick(this.#shown)];
    const drawn = this.images.map(() =>
      this.#pick(this.clips[this.random.uniform() < 0.5 ? clip : other].moments),
    );
    const most = Math.min(...drawn.map(({ progress }) => progress[1]));
    const done = drawn.some((label) => label.done === false) ? false : undefined;
    const images = drawn.map(({ moment }, i) => moment.observed.images[i]);
    const stages = Math.min(...drawn.map((label) => label.stages[1]));
    const progress = [drawn.length === 1 ? most : 0, most] as const;
    const observed = { state: drawn[0].moment.observed.state, images };
    return { observed, progress, done, stages: [0, stages], reached: undefined, clip };
  }

  /** The end of a demonstration, of which a part is as it was earlier. */
  #rewound(): Row {
    const clip = this.#pick(this.#shown);
    const { moments } = this.clips[clip];
    const end = this.#pick(moments.filter(({ done }) => done === true));
    const before = this.#pick(moments.filter(({ progress }) => progress[0] <= mostBefore));
    const mixed = end.moment.observed.images.map((image, i) =>
      rewindRegion(image, before.moment.observed.images[i], this.images[i], this.random),
    );
    if (mixed.every((image) => image === undefined)) return rowOf(clip, before);
    const images = mixed.map((image, i) => image ?? end.moment.observed.images[i]);
    const { most_of_failure, stages } = this.settings;
    const label = { done: false, stages: [0, stages - 1], reached: undefined } as const;
    const observed = { state: end.moment.observed.state, images };
    return { observed, progress: [0, most_of_failure], ...label, clip };
  }
}

function rowOf(clip: number, { moment, ...label }: LabelledMoment): Row {
  return { ...label, observed: moment.observed, clip };
}

function lastThird<T>(moments: readonly T[]): readonly T[] {
  return moments.slice(Math.floor((2 * moments.length) / 3));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

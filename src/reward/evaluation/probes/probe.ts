/** What a hacking probe is, and how it is run: recorded clips are changed in a way that deserves no pay, and shown to the critic. */
import { setImmediate as breath } from 'node:timers/promises';
import type { ImageSpec } from '../../../robot/image-spec.js';
import type { Critic } from '../../critic.js';
import type { Clip, Ended, Judgement } from '../../judgement.js';
import { mean } from '../../statistics.js';
import type { ChangedClip } from '../clip-changes.js';
import { paidReturn, type Paid } from '../paid-return.js';
import type { PixelChange } from '../pixel-changes.js';
import { judged, progressOf } from '../track.js';

/** A recorded clip, and what the critic said of it as it is. */
export type Sample = {
  readonly clip: Clip;
  readonly ended: Ended;
  readonly judgements: readonly Judgement[];
};

/** What probes are made with. */
export type Bench = {
  readonly critic: Critic;
  /** the same critic, told to look for another task; or why there is none */
  readonly misled: Critic | string;
  readonly images: readonly ImageSpec[];
  /** puts text into images; undefined where no font is installed */
  readonly text: PixelChange | undefined;
  readonly successes: readonly Sample[];
  readonly failures: readonly Sample[];
  /** how much too early done may come, and how much a near miss lacks, in steps */
  readonly tolerance_steps: number;
  readonly near_miss_steps: number;
  readonly signal?: AbortSignal | undefined;
};

/** A changed clip. */
export type Variant = ChangedClip & {
  /** the other clip that is in it, if there is one */
  readonly partner?: Sample;
};

/** A changed clip as the critic judged it. */
export type Run = {
  readonly sample: Sample;
  readonly variant: Variant;
  readonly judgements: readonly Judgement[];
};

/** What is looked at in the runs of a probe. */
export const checkMeanings = {
  drift: 'mean size of the pay, either way',
  gained: 'mean pay, losses as nothing',
  spread: 'how far apart the pay of one clip is',
  excess: 'mean pay beyond that of the recorded clip',
  shift: 'mean distance of progress from that of the recorded frame',
  progress: 'mean last progress',
  wrong_done: 'share of clips in which done is said for nothing, or too early',
  gap: 'mean earnings of successes less those of failures',
  highest: 'highest earnings of an episode',
} as const;

export type CheckName = keyof typeof checkMeanings;

/** A figure and the limit that it has to keep. */
export type Check = {
  readonly name: CheckName;
  /** null: the critic said nothing that it could be taken of */
  readonly value: number | null;
  readonly limit: number;
  readonly bound: 'most' | 'least';
};

export type Probe = {
  readonly name: string;
  /** what is changed */
  readonly description: string;
  readonly clips: 'successes' | 'all';
  readonly needs_images: boolean;
  /** Whether the critic hears how the episode ended: only where it is the same episode, seen badly. */
  readonly same_ending: boolean;
  readonly critic?: (bench: Bench) => Critic | string;
  variants(sample: Sample, bench: Bench): readonly Variant[];
  /** What is paid in a run; by default for all of it. */
  paid?(run: Run): Paid;
  checks(runs: readonly Run[], bench: Bench): readonly Check[];
};

export type ProbeResult = {
  readonly name: string;
  readonly description: string;
  readonly verdict: 'pass' | 'fail' | 'skipped';
  /** recorded clips that were changed, and changed ones that were judged */
  readonly clips: number;
  readonly runs: number;
  /** what is paid for a changed clip, mean; null where there is none */
  readonly difference: number | null;
  readonly potential: number | null;
  readonly checks: readonly Check[];
  /** why it was skipped; empty otherwise */
  readonly note: string;
};

/** Nobody has said how it ended. */
const open: Ended = { outcome: 'unknown', terminated: false, grade: undefined };

/** What is paid for a judged clip. */
export function paidFor(judgements: readonly Judgement[]): Paid {
  return paidReturn(progressOf(judgements));
}

/** The result of a probe that could not be run. */
export function skipped(
  { name, description }: Pick<Probe, 'name' | 'description'>,
  note: string,
): ProbeResult {
  const none = { clips: 0, runs: 0, difference: null, potential: null, checks: [] };
  return { name, description, verdict: 'skipped', ...none, note };
}

/** The verdict on checks: figures that do not exist break no limit, but one must. */
export function verdictOf(checks: readonly Check[]): ProbeResult['verdict'] {
  const known = checks.filter(({ value }) => value !== null);
  if (known.length === 0) return 'skipped';
  const kept = ({ value, limit, bound }: Check): boolean =>
    bound === 'most' ? (value ?? 0) <= limit : (value ?? 0) >= limit;
  return known.every(kept) ? 'pass' : 'fail';
}

/** Runs a probe on the bench's clips. @throws what aborted the bench's signal */
export async function runProbe(probe: Probe, bench: Bench): Promise<ProbeResult> {
  if (probe.needs_images && bench.images.length === 0) return skipped(probe, 'the task observes no images');
  const samples = probe.clips === 'all' ? [...bench.successes, ...bench.failures] : bench.successes;
  if (samples.length === 0) return skipped(probe, 'there is no clip to change');
  const critic = probe.critic?.(bench) ?? bench.critic;
  if (typeof critic === 'string') return skipped(probe, critic);
  const runs: Run[] = [];
  for (const sample of samples) {
    for (const variant of probe.variants(sample, bench)) {
      // Critics that never wait must not keep Ctrl-C from being heard.
      await breath();
      bench.signal?.throwIfAborted();
      const ended = probe.same_ending ? sample.ended : open;
      const { judgements, broken } = await judged(critic, variant.clip, ended, bench.signal);
      if (broken !== '') return skipped(probe, `the critic could not judge: ${broken}`);
      runs.push({ sample, variant, judgements });
    }
  }
  return resultOf(probe, runs, bench);
}

function resultOf(probe: Probe, runs: readonly Run[], bench: Bench): ProbeResult {
  if (runs.length === 0) return skipped(probe, 'no clip fits');
  const paid = runs.map((run) => probe.paid?.(run) ?? paidFor(run.judgements));
  const checks = probe.checks(runs, bench);
  const verdict = verdictOf(checks);
  return {
    ...{ name: probe.name, description: probe.description, verdict },
    ...{ clips: new Set(runs.map(({ sample }) => sample)).size, runs: runs.length },
    difference: mean(paid.map(({ difference }) => difference)) ?? null,
    potential: mean(paid.map(({ potential }) => potential)) ?? null,
    checks,
    note: verdict === 'skipped' ? 'the critic says nothing of these clips' : '',
  };
}

/** How an episode is walked through, frame by frame, by prompts that ask about one frame at a time. */
import { present, unknown, type Clip, type Judgement, type Moment } from '../../judgement.js';

/** A frame that is asked about, and what is known when it is. */
export type Step = {
  /** of the episode */
  readonly first: Moment;
  /** the frame that was judged last; undefined for the first one */
  readonly before: Moment | undefined;
  readonly now: Moment;
};

/** What an answer makes of the judgement of the frame before; that is undefined for the first one. */
export type Verdict = (before: Judgement | undefined) => Judgement;

/** Asks about a frame. What went wrong is a verdict as well: it rejects only when the signal is aborted. */
export type Ask = (step: Step, signal?: AbortSignal) => Promise<Verdict>;

type Judged = { readonly moment: Moment; readonly judgement: Judgement };

/** Stamps are sums of control periods; s. */
const rounding = 1e-6;

/** Every frame that is due is asked about once and joined to the last one that could be judged, so that gaps do not break the chain. */
export class FrameWalk {
  /** What was judged of episodes that go on, by their first moment. */
  readonly #paths = new WeakMap<Moment, Path>();

  /** @param everyS time between frames that are asked about, s; 0: all */
  constructor(
    private readonly ask: Ask,
    private readonly everyS: number,
  ) {}

  /**
   * The judgement of the clip's last moment. Of the moments before it only those count that were judged when they were the last, whichever
   * they were. Calls about the same episode wait for each other.
   */
  async judge(clip: Clip, signal?: AbortSignal): Promise<Judgement> {
    const now = present(clip);
    const [first = now] = clip.moments;
    let path = this.#paths.get(first);
    if (path === undefined) this.#paths.set(first, (path = new Path()));
    return path.inTurn((judged) => this.#judgeNext(clip, judged, signal));
  }

  async #judgeNext(
    clip: Clip,
    all: readonly Judged[],
    signal?: AbortSignal,
  ): Promise<readonly [Judgement, readonly Judged[]]> {
    const now = present(clip);
    const { judged, last } = along(all, clip);
    const latest = judged.at(-1);
    if (latest !== undefined && last) return [latest.judgement, judged];
    if (latest !== undefined && now.time - latest.moment.time < this.everyS - rounding)
      return [held(latest), judged];
    const before = judged.findLast(({ judgement }) => says(judgement));
    const verdict = await this.ask({ first: clip.moments[0], before: before?.moment, now }, signal);
    const judgement = verdict(before?.judgement);
    return [judgement, [...judged, { moment: now, judgement }]];
  }

  /**
   * Judgements of all moments of an episode that is over. Each frame is judged by what was there before it; the requests go out together,
   * and only where a frame could not be judged the next one is asked about anew. The last frame is always asked about.
   */
  async judgeEpisode({ moments }: Clip, signal?: AbortSignal): Promise<Judgement[]> {
    const due = this.#due(moments);
    const steps = due.map((index, i): Step => {
      const before = i === 0 ? undefined : moments[due[i - 1]];
      return { first: moments[0], before, now: moments[index] };
    });
    const verdicts = await Promise.all(steps.map((step) => this.ask(step, signal)));
    const judgements: Judgement[] = [];
    let before: Judged | undefined;
    let latest: Judged | undefined;
    for (const [i, step] of steps.entries()) {
      while (latest !== undefined && judgements.length < due[i]) judgements.push(held(latest));
      const asked = step.before === before?.moment ? verdicts[i] : undefined;
      const verdict = asked ?? (await this.ask({ ...step, before: before?.moment }, signal));
      latest = { moment: step.now, judgement: verdict(before?.judgement) };
      if (says(latest.judgement)) before = latest;
      judgements.push(latest.judgement);
    }
    return judgements;
  }

  #due(moments: readonly Moment[]): number[] {
    const due: number[] = [];
    let next = -Infinity;
    for (const [index, { time }] of moments.entries()) {
      if (time < next && index < moments.length - 1) continue;
      due.push(index);
      next = time + this.everyS - rounding;
    }
    return due;
  }
}

/** What was judged of one episode so far, in order. */
class Path {
  #judged: readonly Judged[] = [];
  #before: Promise<unknown> = Promise.resolve();

  /** Runs `act` after what was asked for before it; it gives its result and what is then judged. */
  inTurn<T>(act: (judged: readonly Judged[]) => Promise<readonly [T, readonly Judged[]]>): Promise<T> {
    const turn = this.#before.then(async () => {
      const [result, judged] = await act(this.#judged);
      this.#judged = judged;
      return result;
    });
    this.#before = turn.catch(() => undefined);
    return turn;
  }
}

/** What was judged of the clip's own moments, in their order, and whether its last moment is among them. */
function along(
  all: readonly Judged[],
  { moments }: Clip,
): { readonly judged: readonly Judged[]; readonly last: boolean } {
  let count = 0;
  let last = false;
  for (const moment of moments) {
    last = count < all.length && all[count].moment === moment;
    if (last) count++;
  }
  return { judged: all.slice(0, count), last };
}

/** A frame between two that are asked about: progress stands still, and nobody looked whether the task is done. */
function held({ judgement }: Judged): Judgement {
  if (!says(judgement)) return unknown(judgement.reason);
  const reason = 'nobody looked between two frames that are judged';
  return { ...judgement, done: undefined, components: { held: 1 }, reason };
}

function says({ progress, done }: Judgement): boolean {
  return progress !== undefined || done !== undefined;
}

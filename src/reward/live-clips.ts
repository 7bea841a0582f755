/** Clips of episodes that are running, out of live topics. */
import { Episode, type Observation, type TaskState, type Time } from '../interfaces/graft-messages.js';
import { nanosecondsFromTime, timeFromNanoseconds } from '../interfaces/ros-time.js';
import type { ViewTrack } from './camera-views.js';
import { moment } from './clip-assembler.js';
import type { Clip, Moment } from './judgement.js';
import { SignTrack } from './sign-track.js';

/** What is known of a moment beside itself. */
export type Sighting = {
  readonly stamp: Time;
  readonly image_stamps: readonly Time[];
  /** when its observation came, s on the caller's clock */
  readonly received: number;
};

/** A clip, with a sighting for each of its moments. */
export type LiveClip = Clip & { readonly sightings: readonly Sighting[] };

type Running = {
  readonly id: string;
  readonly start: bigint;
  readonly moments: Moment[];
  readonly sightings: Sighting[];
  readonly signs: SignTrack;
  /** an observation whose signs are still on their way */
  waiting: { readonly message: Observation; readonly received: number } | undefined;
};

/** Who is told of clips; the arrays of a clip grow no more once it was handed over. */
export type ClipListener = {
  /** A new moment is there, the last one of the clip. */
  present(clip: LiveClip): void;
  ended(clip: LiveClip, end: Episode): void;
};

/**
 * Follows one episode at a time. A moment waits for the signs of its stamp, where the task is sensed, and for images that have topics of their
 * own, but never longer than until the next observation.
 */
export class LiveClips {
  #running: Running | undefined;
  /** signs of the episode that was heard of last; they may come before its first observation */
  #signs: { readonly id: string; readonly track: SignTrack } = { id: '', track: new SignTrack() };

  /**
   * @param isSensed whether somebody publishes task_state
   * @param track what critics see, if not what the policy sees
   */
  constructor(
    private readonly listener: ClipListener,
    private readonly isSensed: () => boolean,
    private readonly track?: ViewTrack,
  ) {}

  /** @param received s */
  observation(message: Observation, received: number): void {
    const running = this.#of(message);
    if (running === undefined) return;
    this.#settle(running);
    running.waiting = { message, received };
    this.#tryTake(running);
  }

  taskState(message: TaskState): void {
    this.#signsOf(message.episode_id).add(message);
    if (this.#running?.id === message.episode_id) this.#tryTake(this.#running);
  }

  /** An image came on a camera's own topic. */
  viewed(): void {
    if (this.#running !== undefined) this.#tryTake(this.#running);
  }

  episode(message: Episode): void {
    const running = this.#running;
    if (message.phase !== Episode.PHASE_ENDED || running?.id !== message.episode_id) return;
    this.#settle(running);
    this.#running = undefined;
    const count = running.moments.filter(({ step }) => step <= message.final_step).length;
    if (count > 0) this.listener.ended(clipOf(running, count), message);
  }

  /**
   * The first observation of an episode begins its clip. One that had begun before anybody listened is left out: critics judge by how an
   * episode began.
   */
  #of({ episode_id, step, header }: Observation): Running | undefined {
    const running = this.#running;
    if (running?.id !== episode_id) {
      this.#running = undefined;
      if (step > 0) return undefined;
      const signs = this.#signsOf(episode_id);
      const begun = { moments: [], sightings: [], signs, waiting: undefined };
      this.#running = { id: episode_id, start: nanosecondsFromTime(header.stamp), ...begun };
      return this.#running;
    }
    const newest = running.waiting?.message.step ?? running.moments.at(-1)?.step ?? -1;
    return step > newest ? running : undefined;
  }

  #signsOf(id: string): SignTrack {
    if (this.#signs.id !== id) this.#signs = { id, track: new SignTrack() };
    return this.#signs.track;
  }

  /** Takes the observation that waits, if its signs and images are there. */
  #tryTake(running: Running): void {
    const { waiting, signs } = running;
    if (waiting === undefined) return;
    const stamp = nanosecondsFromTime(waiting.message.header.stamp);
    if (this.isSensed() && signs.newest < stamp) return;
    if (this.track?.isComplete(stamp) === false) return;
    this.#settle(running);
  }

  /** Takes the observation that waits, with what signs there are. */
  #settle(running: Running): void {
    const { waiting, signs, start, moments, sightings } = running;
    if (waiting === undefined) return;
    running.waiting = undefined;
    const { message, received } = waiting;
    const { stamp } = message.header;
    const now = nanosecondsFromTime(stamp);
    const views = this.track?.at(now);
    moments.push(moment(message, now - start, signs.at(now), views));
    const image_stamps =
      views?.stamps.map(timeFromNanoseconds) ?? message.images.map(({ header }) => header.stamp);
    sightings.push({ stamp, image_stamps, received });
    this.listener.present(clipOf(running, moments.length));
  }
}

function clipOf({ id, moments, sightings }: Running, count: number): LiveClip {
  return { episode_id: id, moments: moments.slice(0, count), sightings: sightings.slice(0, count) };
}

/** What slow critics say, handed on to the critics that learn from them, an episode at a time. */
import type { Critic } from './critic.js';
import type { Opinion } from './critic-seat.js';
import type { Clip, Judgement } from './judgement.js';

/** Episodes of which opinions are kept until the whole is known. */
const keptEpisodes = 32;

export class Lessons {
  /** by teacher and episode */
  readonly #said = new Map<string, Map<number, Judgement>>();
  readonly #ended = new Map<string, Clip>();

  /** @param pupils by the name of their teacher */
  constructor(private readonly pupils: ReadonlyMap<string, readonly Critic[]>) {}

  /** Takes in an opinion. That on the last moment of an episode that is over ends the lesson. */
  said({ critic, episode_id, step, judgement }: Opinion): void {
    if (!this.pupils.has(critic.name)) return;
    const key = keyOf(critic.name, episode_id);
    const said = this.#said.get(key) ?? new Map<number, Judgement>();
    this.#said.set(key, said.set(step, judgement));
    forgetOldest(this.#said);
    const clip = this.#ended.get(episode_id);
    if (clip?.moments.at(-1)?.step === step) this.#teach(critic.name, clip);
  }

  /** An episode is over. Teachers who follow the robot have said what they had to say; the others begin now. */
  ended(clip: Clip): void {
    this.#ended.set(clip.episode_id, clip);
    forgetOldest(this.#ended);
    for (const teacher of this.pupils.keys()) this.#teach(teacher, clip);
  }

  #teach(teacher: string, clip: Clip): void {
    const key = keyOf(teacher, clip.episode_id);
    const said = this.#said.get(key);
    if (said === undefined) return;
    this.#said.delete(key);
    const judgements = clip.moments.map(({ step }) => said.get(step));
    for (const pupil of this.pupils.get(teacher) ?? []) pupil.learn?.(clip, judgements);
  }
}

function keyOf(teacher: string, episode_id: string): string {
  return `${teacher} ${episode_id}`;
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const [key] of map) {
    if (map.size <= keptEpisodes) return;
    map.delete(key);
  }
}

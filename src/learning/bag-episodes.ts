/** Episodes out of bags, through the same assembler as live topics. */
import { bagsIn } from '../bag/find-bags.js';
import { BagReader } from '../bag/reader.js';
import { ConfigError } from '../config/config-error.js';
import { createCodec } from '../interfaces/codec.js';
import type { ExecutedStep, Label, Observation, Reward } from '../interfaces/graft-messages.js';
import type { EpisodeData } from './episode.js';
import { EpisodeStream, experienceTopics, type ExperienceKind } from './episode-stream.js';
import { StepTally, type StepId } from './step-tally.js';

/** What a bag's episodes were recorded with: the names and images of an observation, and the joints of an action. */
export type BagSpec = {
  readonly observed: Pick<Observation, 'names' | 'cameras' | 'images'>;
  readonly joints: readonly string[];
};

/** What was read of bags beside their whole episodes. */
export type BagCounts = {
  /** Control steps, those of unfinished episodes included. */
  readonly steps: number;
  /** Episodes of which a message is missing. */
  readonly incomplete: number;
};

export type BagOptions = {
  /** Order in which actions are wanted; by default as in the first bag's first action. */
  readonly joints?: readonly string[];
  /** Counts the control steps; steps that it knows are not counted again. */
  readonly tally?: StepTally;
  /** Whether episodes come with their images; by default they do. */
  readonly keepImages?: boolean;
  /** Hears what critics and people said of the episodes. */
  readonly opinions?: OpinionListener;
};

/** Who hears opinions. */
export type OpinionListener = {
  opinion(message: Reward): void;
  label(message: Label): void;
};

/** Topics of opinions; a bag may lack them. */
export const opinionTopics = { reward: 'graft_msgs/msg/Reward', label: 'graft_msgs/msg/Label' } as const;

const topicTypes = { ...experienceTopics, ...opinionTopics };
type Topic = keyof typeof topicTypes;

/**
 * Hands over the episodes of one kind in the bags of the given folders, each when it is whole, and reads on when `take` is done
 * with it: no more than a few are held at a time. Bags that are still written, or whose recorder was killed, are read as far as
 * they go.
 * @throws ConfigError if a folder has no bag, or a bag lacks a topic that experience is made of
 */
export async function eachEpisode(
  folders: readonly string[],
  kind: ExperienceKind,
  take: (episode: EpisodeData) => Promise<void> | void,
  { joints, tally = new StepTally(), keepImages = true, opinions }: BagOptions = {},
): Promise<BagCounts> {
  const bags = bagsIn(folders);
  const order = joints ?? (await bagSpec(bags[0])).joints;
  const whole: EpisodeData[] = [];
  const stream = new EpisodeStream(kind, order, (episode) => whole.push(episode), keepImages);
  let steps = 0;
  for (const bag of bags) {
    // A recorder that was just started, or killed at once, leaves a bag without topics.
    if (kind === 'rollout' && (await isEmpty(bag))) continue;
    const optional = opinions === undefined ? [] : (['reward', 'label'] as const);
    await eachMessage(bag, requiredTopics(kind), optional, async (topic, message) => {
      if (topic === 'executed_step') steps += tally.executed(message as StepId).length;
      if (topic === 'observation') steps += tally.observed(message as StepId).length;
      dispatch(stream, opinions, topic, message);
      for (const episode of whole.splice(0)) await take(episode);
      return true;
    });
  }
  stream.close();
  return { steps, incomplete: stream.incomplete };
}

/** All episodes of `eachEpisode` at once. */
export async function readEpisodes(
  folders: readonly string[],
  kind: ExperienceKind,
  options: BagOptions = {},
): Promise<BagCounts & { readonly episodes: readonly EpisodeData[] }> {
  const episodes: EpisodeData[] = [];
  const counts = await eachEpisode(folders, kind, (episode) => void episodes.push(episode), options);
  return { ...counts, episodes };
}

/** The first observation and the joints of the first executed step of a bag. @throws ConfigError if it has none */
export async function bagSpec(bag: string): Promise<BagSpec> {
  let observed: BagSpec['observed'] | undefined;
  let joints: readonly string[] | undefined;
  await eachMessage(bag, ['observation', 'executed_step'], [], (topic, message) => {
    if (topic === 'observation') observed ??= message as Observation;
    else joints ??= (message as ExecutedStep).joints;
    return observed === undefined || joints === undefined;
  });
  if (observed === undefined || joints === undefined)
    throw new ConfigError(bag, '', 'holds no executed step');
  return { observed, joints };
}

/** Gives a message to the stream. The message's type is the topic's: `requiredTopics` was checked. */
function dispatch(
  stream: EpisodeStream,
  opinions: OpinionListener | undefined,
  topic: Topic,
  message: unknown,
): void {
  switch (topic) {
    case 'observation':
      return stream.observation(message as Parameters<EpisodeStream['observation']>[0]);
    case 'base_action':
      return stream.baseAction(message as Parameters<EpisodeStream['baseAction']>[0]);
    case 'executed_step':
      return stream.executedStep(message as Parameters<EpisodeStream['executedStep']>[0]);
    case 'episode':
      return stream.episode(message as Parameters<EpisodeStream['episode']>[0]);
    case 'reward':
      return opinions?.opinion(message as Reward);
    case 'label':
      return opinions?.label(message as Label);
  }
}

function requiredTopics(kind: ExperienceKind): Topic[] {
  return kind === 'demo'
    ? ['observation', 'executed_step', 'episode']
    : ['observation', 'base_action', 'executed_step', 'episode'];
}

async function isEmpty(bag: string): Promise<boolean> {
  const reader = await BagReader.open(bag);
  const topics = reader.topics();
  await reader.close();
  return topics.length === 0;
}

/** Calls `visit` with each message of the wanted topics in log order, until it returns false. */
async function eachMessage(
  bag: string,
  wanted: readonly Topic[],
  optional: readonly Topic[],
  visit: (topic: Topic, message: unknown) => Promise<boolean> | boolean,
): Promise<void> {
  const reader = await BagReader.open(bag);
  try {
    const names = new Map<string, Topic>();
    const present = reader.topics();
    for (const topic of [...wanted, ...optional]) {
      const match = present.find(
        ({ name, type }) => name.split('/').at(-1) === topic && type === topicTypes[topic],
      );
      if (match === undefined) {
        if (optional.includes(topic)) continue;
        const has = present.map(({ name }) => name).join(', ');
        throw new ConfigError(bag, topic, `topic is missing; the bag has ${has === '' ? 'no topic' : has}`);
      }
      names.set(match.name, topic);
    }
    for await (const { topic: name, type, data } of reader.messages({ topics: [...names.keys()] })) {
      const topic = names.get(name);
      if (topic !== undefined && !(await visit(topic, createCodec(type).decode(data)))) return;
    }
  } finally {
    await reader.close();
  }
}

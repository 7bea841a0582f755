/** Episodes out of bags as critics see them, one at a time. */
import { bagsIn } from '../bag/find-bags.js';
import { BagReader } from '../bag/reader.js';
import { ConfigError } from '../config/config-error.js';
import { createCodec } from '../interfaces/codec.js';
import {
  Episode,
  type Label,
  type Messages,
  type Observation,
  type Reward,
  type TaskState,
} from '../interfaces/graft-messages.js';
import { ClipAssembler, type RecordedEpisode } from './clip-assembler.js';

/** What clips are made of, by the last part of the topics' names. */
export const clipTopics = {
  observation: 'graft_msgs/msg/Observation',
  task_state: 'graft_msgs/msg/TaskState',
  episode: 'graft_msgs/msg/Episode',
  label: 'graft_msgs/msg/Label',
  reward: 'graft_msgs/msg/Reward',
} as const satisfies Record<string, keyof Messages>;

/** One of the topics that clips are made of. */
export type ClipTopic = keyof typeof clipTopics;

/** A bag without these has no clips. */
const required: readonly ClipTopic[] = ['observation', 'episode'];

/**
 * The finished episodes of all kinds in the bags of the given folders, in the order in which they ended; no more than a few are held at
 * a time.
 * @param onIncomplete told how many were left out, because an observation of theirs is missing or they did not end
 * @throws ConfigError if a folder has no bag, or a bag lacks a topic that clips are made of
 */
export async function* recordedEpisodes(
  folders: readonly string[],
  onIncomplete: (episodes: number) => void = () => undefined,
): AsyncGenerator<RecordedEpisode, void, void> {
  let incomplete = 0;
  for (const bag of bagsIn(folders)) {
    const whole: RecordedEpisode[] = [];
    const assembler = new ClipAssembler((episode) => whole.push(episode));
    for await (const [topic, message] of clipMessages(bag)) {
      give(assembler, topic, message);
      yield* whole.splice(0);
    }
    assembler.close();
    yield* whole;
    incomplete += assembler.incomplete;
  }
  onIncomplete(incomplete);
}

/** Gives a message to the assembler. Its type is the topic's. */
function give(assembler: ClipAssembler, topic: ClipTopic, message: unknown): void {
  switch (topic) {
    case 'observation':
      return assembler.observation(message as Observation);
    case 'task_state':
      return assembler.taskState(message as TaskState);
    case 'episode':
      return assembler.episode(message as Episode);
    case 'label':
      return assembler.label(message as Label);
    case 'reward':
      return assembler.reward(message as Reward);
  }
}

/**
 * What a bag calls the topics that clips are made of: the first of each whose last part and type fit.
 * @param bag for the error
 * @throws ConfigError if the bag has no observation or no episode
 */
export function clipTopicNames(bag: string, reader: BagReader): ReadonlyMap<string, ClipTopic> {
  const names = new Map<string, ClipTopic>();
  for (const [topic, type] of Object.entries(clipTopics) as [ClipTopic, string][]) {
    const match = reader
      .topics()
      .find((there) => there.name.split('/').at(-1) === topic && there.type === type);
    if (match !== undefined) names.set(match.name, topic);
  }
  const missing = required.find((topic) => ![...names.values()].includes(topic));
  if (missing !== undefined) throw new ConfigError(bag, missing, 'topic is missing: clips are made of it');
  return names;
}

async function* clipMessages(bag: string): AsyncGenerator<readonly [ClipTopic, unknown], void, void> {
  const reader = await BagReader.open(bag);
  try {
    const names = clipTopicNames(bag, reader);
    for await (const { topic: name, type, data } of reader.messages({ topics: [...names.keys()] })) {
      const topic = names.get(name);
      if (topic !== undefined) yield [topic, createCodec(type).decode(data)];
    }
  } finally {
    await reader.close();
  }
}

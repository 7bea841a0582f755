/** A copy of a bag in which the opinions of some critics are others. */
import type { OpenBagFile } from '../bag/bag-file.js';
import { BagReader, type RecordedMessage } from '../bag/reader.js';
import { BagWriter, type BagTopic } from '../bag/writer.js';
import { createCodec } from '../interfaces/codec.js';
import { qosProfile } from '../interfaces/qos-profiles.js';
import type { Critic } from './critic.js';
import { clipTopicNames, clipTopics, type ClipTopic } from './recorded-episodes.js';
import { rewardMessage, type Opinion } from './reward-message.js';

/** What critics say of one step, in the critics' order. */
export type StepOpinions = (readonly [Critic, Opinion])[];

/** What they say of the episodes of a bag, by the episode's id; one entry per step. */
export type BagOpinions = ReadonlyMap<string, readonly StepOpinions[]>;

export type CopyOptions = {
  /** whose opinions are replaced */
  readonly critics: readonly Critic[];
  readonly signal?: AbortSignal;
  /** opens the files that are written; default the file system */
  readonly openFile?: OpenBagFile;
};

/** Messages that were added, and those of the same critics that were left out. */
export type CopyCounts = { readonly opinions: number; readonly replaced: number };

/** Bytes after which the disk is waited for: nothing may be dropped, and little is held. */
const flushEvery = 2 ** 24;

/**
 * Copies a bag with `said` in place of the opinions that it has of `critics`. A bag without opinions gets the topic `reward` beside
 * that of its observations.
 * @throws Error if `out` exists or the disk is full; the reason of the signal
 */
export async function copyBag(
  bag: string,
  out: string,
  said: BagOpinions,
  { critics, signal, openFile }: CopyOptions,
): Promise<CopyCounts> {
  // Whoever judged the bag has read it before, and told of what is lost.
  const reader = await BagReader.open(bag, { onWarning: () => undefined });
  try {
    const copy = new RelabelledBag(bag, reader, said, critics);
    const problems: string[] = [];
    const writer = await BagWriter.open(out, {
      onError: ({ message }) => void problems.push(message),
      maxQueuedBytes: Infinity,
      ...(openFile === undefined ? {} : { openFile }),
    });
    try {
      await writeBag(writer, copy, signal);
    } finally {
      await writer.close();
    }
    if (problems.length > 0) throw new Error(problems[0]);
    return copy.counts;
  } finally {
    await reader.close();
  }
}

async function writeBag(
  writer: BagWriter,
  copy: RelabelledBag,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const topic of copy.topics) writer.addTopic(topic);
  let waiting = 0;
  for await (const { topic, ...message } of copy.messages()) {
    signal?.throwIfAborted();
    writer.write(topic, message);
    waiting += message.data.byteLength;
    if (waiting < flushEvery) continue;
    await writer.flush();
    waiting = 0;
  }
  await writer.flush();
}

/** What the copy of a bag consists of. */
class RelabelledBag {
  readonly counts = { opinions: 0, replaced: 0 };
  readonly topics: readonly BagTopic[];
  readonly #reward = createCodec(clipTopics.reward);
  readonly #observation = createCodec(clipTopics.observation);
  readonly #kinds: ReadonlyMap<string, ClipTopic>;
  readonly #rewardTopic: string;

  constructor(
    bag: string,
    private readonly reader: BagReader,
    private readonly said: BagOpinions,
    private readonly critics: readonly Critic[],
  ) {
    const declared = reader.declarations();
    // A recorder that was stopped at once leaves a bag without topics.
    this.#kinds = declared.length === 0 ? new Map() : clipTopicNames(bag, reader);
    const named = (kind: ClipTopic): string | undefined =>
      [...this.#kinds].find(([, other]) => other === kind)?.[0];
    const beside = named('observation')?.replace(/[^/]*$/, 'reward');
    this.#rewardTopic = named('reward') ?? beside ?? '/reward';
    this.topics = named('reward') !== undefined || said.size === 0 ? declared : [...declared, this.#added()];
  }

  /** In the order of the copy. */
  async *messages(): AsyncGenerator<RecordedMessage, void, void> {
    for await (const message of this.reader.messages()) {
      const kind = this.#kinds.get(message.topic);
      if (kind === 'reward' && this.#isReplaced(message)) continue;
      yield message;
      if (kind === 'observation') yield* this.#opinionsOn(message);
    }
  }

  #added(): BagTopic {
    const { text: schemaText, typeHash } = this.#reward.definition;
    const identity = { name: this.#rewardTopic, type: clipTopics.reward };
    return { ...identity, qos: qosProfile('history'), schemaText, typeHash };
  }

  #isReplaced({ data }: RecordedMessage): boolean {
    const { critic } = this.#reward.decode(data);
    const replaced = this.critics.some(({ name }) => name === critic);
    if (replaced) this.counts.replaced++;
    return replaced;
  }

  *#opinionsOn({ data, logTime, publishTime }: RecordedMessage): Generator<RecordedMessage, void, void> {
    const about = this.#observation.decode(data);
    for (const [critic, opinion] of this.said.get(about.episode_id)?.[about.step] ?? []) {
      this.counts.opinions++;
      const message = this.#reward.encode(rewardMessage(critic, about, opinion));
      yield {
        ...{ topic: this.#rewardTopic, type: clipTopics.reward },
        ...{ logTime, publishTime, data: message },
      };
    }
  }
}

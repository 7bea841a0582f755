import type { McapTypes } from '@mcap/core';

import type { FileContent, TopicContent } from './metadata.js';

/** What one file adds to `metadata.yaml`. */
export function fileContent(name: string, statistics: McapTypes.Statistics | undefined): FileContent {
  const messageCount = statistics?.messageCount ?? 0n;
  const empty = statistics === undefined || messageCount === 0n;
  return {
    path: name,
    start: empty ? undefined : statistics.messageStartTime,
    end: empty ? undefined : statistics.messageEndTime,
    messageCount,
  };
}

/** Schemas, channels and counts of one file. */
export type ChannelSource = {
  schemas: Iterable<McapTypes.Schema>;
  channels: Iterable<McapTypes.Channel>;
  statistics: McapTypes.Statistics | undefined;
};

/** The topics of several files with the sum of their messages, in order of first appearance. */
export function topicContents(sources: readonly ChannelSource[]): TopicContent[] {
  const topics = new Map<string, TopicContent>();
  for (const { schemas, channels, statistics } of sources) {
    const types = new Map([...schemas].map((schema) => [schema.id, schema.name]));
    for (const channel of channels) {
      const count = statistics?.channelMessageCounts.get(channel.id) ?? 0n;
      const known = topics.get(channel.topic);
      topics.set(channel.topic, {
        name: channel.topic,
        type: types.get(channel.schemaId) ?? '',
        offeredQos: channel.metadata.get('offered_qos_profiles') ?? '',
        messageCount: (known?.messageCount ?? 0n) + count,
      });
    }
  }
  return [...topics.values()];
}

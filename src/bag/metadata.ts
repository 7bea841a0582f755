import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { parse, stringify } from 'yaml';

import { syncDirectory } from './bag-file.js';

/** The part of a topic's quality of service that rosbag2 needs to play it again. */
export type BagQos = {
  history: 'keep_last' | 'keep_all';
  /** Samples kept; without meaning for `keep_all`. */
  depth: number;
  reliability: 'reliable' | 'best_effort';
  durability: 'volatile' | 'transient_local';
};

/** Messages in one file of a bag. */
export type FileContent = {
  /** Relative to the bag's directory. */
  path: string;
  /** Log time of the first and the last message [ns since the epoch]; undefined without messages. */
  start: bigint | undefined;
  end: bigint | undefined;
  messageCount: bigint;
};

/** One topic over all files of a bag. */
export type TopicContent = {
  name: string;
  type: string;
  /** YAML list as `formatQos` gives it. */
  offeredQos: string;
  messageCount: bigint;
};

/** What `metadata.yaml` says. */
export type BagContent = { files: FileContent[]; topics: TopicContent[] };

export const metadataFileName = 'metadata.yaml';

/**
 * Version 5 is what Humble writes and every later rosbag2 (and PyPI's rosbags) reads: QoS as a string with numbers
 * for the policies. Version 9 would be a list with names, which Humble cannot read.
 */
const metadataVersion = 5;

const infinity = { sec: 9223372036, nsec: 854775807 };
const emptyBagStart = 2n ** 63n - 1n;

/** QoS as metadata versions below 9 have it: a YAML list with one profile, policies by their rmw numbers. */
export function formatQos(qos: BagQos): string {
  return stringify(
    [
      {
        history: qos.history === 'keep_last' ? 1 : 2,
        depth: qos.depth,
        reliability: qos.reliability === 'reliable' ? 1 : 2,
        durability: qos.durability === 'transient_local' ? 1 : 2,
        deadline: infinity,
        lifespan: infinity,
        liveliness: 1,
        liveliness_lease_duration: infinity,
        avoid_ros_namespace_conventions: false,
      },
    ],
    { aliasDuplicateObjects: false },
  ).trimEnd();
}

/** Policies by their rmw numbers. */
const policies: Readonly<Record<string, readonly string[]>> = {
  history: ['system_default', 'keep_last', 'keep_all', 'unknown'],
  reliability: ['system_default', 'reliable', 'best_effort', 'unknown', 'best_available'],
  durability: ['system_default', 'transient_local', 'volatile', 'unknown', 'best_available'],
  liveliness: [
    'system_default',
    'automatic',
    'manual_by_node',
    'manual_by_topic',
    'unknown',
    'best_available',
  ],
};

/**
 * The QoS of a recorded topic for a bag of version 5: names of policies, which version 9 has, become numbers. What has numbers
 * stays as it is, to the byte.
 */
export function numberedQos(offeredQos: string): string {
  const profiles: unknown = parse(offeredQos);
  if (!Array.isArray(profiles)) return offeredQos;
  const listed = profiles as Record<string, unknown>[];
  const named = listed.some((profile) =>
    Object.keys(policies).some((key) => typeof profile[key] === 'string'),
  );
  if (!named) return offeredQos;
  const number = (policy: string, value: unknown): unknown =>
    typeof value === 'string' ? (policies[policy]?.indexOf(value) ?? value) : value;
  const numbered = listed.map((profile) =>
    Object.fromEntries(Object.entries(profile).map(([policy, value]) => [policy, number(policy, value)])),
  );
  return stringify(numbered, { aliasDuplicateObjects: false }).trimEnd();
}

/** The mapping under `rosbag2_bagfile_information`, as YAML; it is also in the Metadata record of each file. */
export function formatMetadata(content: BagContent): string {
  return stringify(information(content), { aliasDuplicateObjects: false });
}

function information({ files, topics }: BagContent): Record<string, unknown> {
  return {
    version: metadataVersion,
    storage_identifier: 'mcap',
    ...span(files),
    message_count: files.reduce((sum, file) => sum + file.messageCount, 0n),
    topics_with_message_count: topics.map((topic) => ({
      topic_metadata: {
        name: topic.name,
        type: topic.type,
        serialization_format: 'cdr',
        offered_qos_profiles: topic.offeredQos,
      },
      message_count: topic.messageCount,
    })),
    compression_format: '',
    compression_mode: '',
    relative_file_paths: files.map((file) => file.path),
    files: files.map((file) => ({ path: file.path, ...span([file]), message_count: file.messageCount })),
  };
}

function span(files: readonly FileContent[]): Record<string, unknown> {
  const starts = files.flatMap((file) => (file.start === undefined ? [] : [file.start]));
  const ends = files.flatMap((file) => (file.end === undefined ? [] : [file.end]));
  const start = starts.reduce((low, value) => (value < low ? value : low), starts[0] ?? emptyBagStart);
  const end = ends.reduce((high, value) => (value > high ? value : high), ends[0] ?? start);
  return { duration: { nanoseconds: end - start }, starting_time: { nanoseconds_since_epoch: start } };
}

/** Replaces `metadata.yaml` in one step: a reader sees the old one or the new one, also after a power cut. */
export async function writeMetadataFile(directory: string, content: BagContent): Promise<void> {
  const file = path.join(directory, metadataFileName);
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(
        stringify({ rosbag2_bagfile_information: information(content) }, { aliasDuplicateObjects: false }),
      );
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Bags of ROS messages. */
import assert from 'node:assert/strict';
import { BagWriter, type BagWriterOptions } from '../../src/bag/writer.js';
import { createCodec } from '../../src/interfaces/codec.js';
import type { Messages } from '../../src/interfaces/graft-messages.js';
import { qosProfile } from '../../src/interfaces/qos-profiles.js';

export type MessageBag = {
  /** @param time ns; by default messages are a nanosecond apart */
  write(topic: string, message: unknown, time?: bigint): void;
  /** What was written is in the file, which stays open. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

/**
 * A bag that is being written; a problem of the writer fails the test.
 * @param types of the topics
 */
export async function openMessageBag(
  folder: string,
  types: Readonly<Record<string, keyof Messages>>,
  { namespace = '', ...options }: Partial<BagWriterOptions> & { readonly namespace?: string } = {},
): Promise<MessageBag> {
  const writer = await BagWriter.open(folder, {
    onError: ({ message }) => assert.fail(message),
    ...options,
  });
  const codecs = new Map<string, { encode(message: unknown): Uint8Array }>();
  for (const [topic, type] of Object.entries(types)) {
    const codec = createCodec(type);
    const { text: schemaText, typeHash } = codec.definition;
    const hash = typeHash === undefined ? {} : { typeHash };
    const name = `${namespace}/${topic}`;
    writer.addTopic({ name, type, qos: qosProfile('reliable'), schemaText, ...hash });
    codecs.set(topic, codec);
  }
  let count = 0n;
  return {
    write: (topic, message, time = count) => {
      const codec = codecs.get(topic);
      assert.ok(codec !== undefined, `${topic} is not a topic of the bag`);
      writer.write(`${namespace}/${topic}`, {
        ...{ logTime: time, publishTime: time },
        data: codec.encode(message),
      });
      count++;
    },
    flush: () => writer.flush(),
    close: () => writer.close(),
  };
}

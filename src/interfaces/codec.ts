import serialization from '@foxglove/rosmsg2-serialization';

import { amentPrefixes, loadDefinition, type InterfaceDefinition } from './definition.js';
import { compileEncoder } from './encoder.js';
import type { Messages, Services } from './graft-messages.js';

/** Turns one message type into CDR bytes and back. */
export type Codec<T> = {
  /** ROS type name. */
  readonly type: string;
  readonly definition: InterfaceDefinition;
  /**
   * Typed arrays are views of `bytes` where the alignment allows: copy them when `bytes` is reused.
   * @param bytes CDR with its 4-byte header, little or big endian.
   * @throws RangeError for bytes that end too early.
   */
  decode(bytes: Uint8Array): T;
  /**
   * @returns little-endian CDR in a buffer of its own.
   * @throws TypeError naming the field when one is missing, of another kind or out of range.
   */
  encode(message: T): Uint8Array;
};

/** A message whose type is known only at run time. */
export type UntypedMessage = Record<string, unknown>;

const codecs = new Map<string, Codec<unknown>>();

/**
 * The codec of a message type, built once per process.
 * @param type such as `sensor_msgs/msg/JointState`; types in `Messages` give a typed codec.
 * @param prefixes where to look for the definitions; AMENT_PREFIX_PATH unless given.
 * @throws ConfigError when a definition is missing.
 */
export function createCodec<T extends keyof Messages>(
  type: T,
  prefixes?: readonly string[],
): Codec<Messages[T]>;
export function createCodec(type: string, prefixes?: readonly string[]): Codec<UntypedMessage>;
export function createCodec(type: string, prefixes: readonly string[] = amentPrefixes()): Codec<unknown> {
  const key = [type, ...prefixes].join('\n');
  const known = codecs.get(key);
  if (known !== undefined) return known;
  const definition = loadDefinition(type, prefixes);
  const reader = new serialization.MessageReader(definition.parsed);
  const codec: Codec<unknown> = {
    type: definition.type,
    definition,
    decode: (bytes) => reader.readMessage(bytes),
    encode: compileEncoder(definition.parsed),
  };
  codecs.set(key, codec);
  return codec;
}

/** The codecs of both halves of a service. */
export type ServiceCodec<Request, Response> = { request: Codec<Request>; response: Codec<Response> };

/**
 * The codecs of a service's request and response.
 * @param type such as `graft_msgs/srv/ResetTask`; types in `Services` give typed codecs.
 * @throws ConfigError when a definition is missing.
 */
export function createServiceCodec<S extends keyof Services>(
  type: S,
  prefixes?: readonly string[],
): ServiceCodec<Services[S]['request'], Services[S]['response']>;
export function createServiceCodec(
  type: string,
  prefixes?: readonly string[],
): ServiceCodec<UntypedMessage, UntypedMessage>;
export function createServiceCodec(
  type: string,
  prefixes: readonly string[] = amentPrefixes(),
): ServiceCodec<unknown, unknown> {
  return {
    request: createCodec(`${type}_Request`, prefixes),
    response: createCodec(`${type}_Response`, prefixes),
  };
}

/** What a node publishes and hears: CDR bytes on the wire, plain objects in the callback. */
import type { Codec } from '../interfaces/codec.js';
import type { RclPublisher, RclSubscription, RclTypeClass } from './rcl-module.js';
import { waitUntil } from './wait-until.js';

/** Sends messages of one type on one topic. */
export class Publisher<T> {
  constructor(
    private readonly publisher: RclPublisher,
    private readonly codec: () => Codec<T>,
  ) {}

  /** The full topic name, after remapping. */
  get topic(): string {
    return this.publisher.topic;
  }

  /** How many subscribers of this topic are matched at this moment. */
  get subscriptionCount(): number {
    return this.publisher.subscriptionCount;
  }

  /**
   * Resolves when every matched reliable subscriber has received all that was published. A publisher that keeps one message
   * drops one that is still under way as soon as it has another to send.
   * @param timeout how long to wait at most, s: a subscriber that was killed stays matched for a while
   * @returns whether they have
   */
  delivered(timeout: number): Promise<boolean> {
    return waitUntil(() => this.publisher.waitForAllAcked(0n), { timeout, period: 0.002 });
  }

  /** Encodes and sends. @throws TypeError naming the field that does not fit the type. */
  publish(message: T): void {
    this.publishRaw(this.codec().encode(message));
  }

  /** Sends CDR bytes (with their 4-byte header) as they are. */
  publishRaw(bytes: Uint8Array): void {
    this.publisher.publish(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
}

/** One subscription; it lives until `cancel` or the end of its node. */
export class Subscription {
  constructor(
    private readonly subscription: RclSubscription,
    private readonly destroy: (subscription: RclSubscription) => void,
  ) {}

  /** The full topic name, after remapping. */
  get topic(): string {
    return this.subscription.topic;
  }

  /** How many publishers of this topic are matched at this moment. */
  get publisherCount(): number {
    return this.subscription.publisherCount;
  }

  /** Stops hearing the topic. */
  cancel(): void {
    this.destroy(this.subscription);
  }
}

/**
 * A stand-in for rclnodejs' generated class of a type. Raw topics need only the type's name, so they also work for
 * types that no JavaScript was generated for.
 * @param type such as `sensor_msgs/msg/JointState`
 * @throws TypeError for anything else
 */
export function typeClass(type: string): RclTypeClass {
  const parts = type.split('/');
  if (parts.length !== 3 || parts.includes('')) {
    throw new TypeError(`"${type}" is no message type: expected package/msg/Name`);
  }
  const [pkgName, subFolder, interfaceName] = parts;
  // rclnodejs asks for a function; it never makes an instance for raw topics.
  return Object.assign(() => undefined, { type: () => ({ pkgName, subFolder, interfaceName }) });
}

/** A node of src/nodes in the test's own process, as `ros2 run` would start it, and a peer that talks to it over DDS. */
import {
  runNodes,
  type GraftNode,
  type AnyNodeDefinition,
  type MessageOf,
  type NodeContext,
  type Publisher,
  type QosName,
} from '../../src/ros/index.js';
import type { DiagnosticStatus } from '../../src/interfaces/graft-messages.js';
import { eventually, sleep, withGraph } from '../ros/graph.js';

export { eventually, sleep };

export type ParameterValue = string | number | boolean | readonly string[];

/** A node that was started. */
export type RunningNode = {
  /** Exit code of its process. */
  readonly exit: Promise<number>;
  /** Ends it in order. @returns its exit code */
  readonly stop: () => Promise<number>;
  readonly isActive: () => boolean;
  /** What it says about one of its tasks now; published once a second. */
  readonly status: (task: string) => DiagnosticStatus | undefined;
};

/** Command-line arguments that give parameters. */
export function parameterArguments(parameters: Readonly<Record<string, ParameterValue>>): string[] {
  return [
    '--ros-args',
    ...Object.entries(parameters).flatMap(([name, value]) => [
      '-p',
      `${name}:=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`,
    ]),
  ];
}

/** Starts a node; it may not be active yet. */
export function startNode(
  definition: AnyNodeDefinition,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): RunningNode {
  let context: NodeContext | undefined;
  const exit = runNodes(
    [
      {
        ...definition,
        create: (given: NodeContext) => {
          context = given;
          return definition.create(given);
        },
      },
    ],
    parameterArguments(parameters),
  );
  return {
    exit,
    stop: async () => {
      await Promise.race([exit, eventually('the node to exist', () => context !== undefined)]);
      context?.requestStop();
      return exit;
    },
    isActive: () => context?.isActive() === true,
    status: (task) =>
      context?.diagnostics
        .message({ sec: 0, nanosec: 0 })
        .status.find(({ name }) => name.endsWith(`: ${task}`)),
  };
}

/** Runs a node, waits until it is active, gives it to the test's body and ends it. */
export async function withNode(
  definition: AnyNodeDefinition,
  parameters: Readonly<Record<string, ParameterValue>>,
  body: (running: RunningNode) => Promise<void>,
): Promise<void> {
  const running = startNode(definition, parameters);
  try {
    const ended = running.exit.then((code) => {
      throw new Error(`${definition.name} ended at its start with exit code ${code}`);
    });
    await Promise.race([ended, eventually(`${definition.name} to be active`, running.isActive)]);
    ended.catch(() => undefined);
    await body(running);
  } finally {
    await running.stop();
  }
}

/** How much later the other side of a match may know of it, ms. */
const otherSideDelay = 300;

/** The other side of a node's topics. */
export class Peer {
  readonly #links: (() => number)[] = [];

  constructor(readonly node: GraftNode) {}

  sends<T extends string>(topic: string, type: T, qos: QosName): Publisher<MessageOf<T>> {
    const publisher = this.node.publisher(topic, type, qos);
    this.#links.push(() => publisher.subscriptionCount);
    return publisher;
  }

  /** Everything heard on a topic, in order. */
  hears<T extends string>(topic: string, type: T, qos: QosName): MessageOf<T>[] {
    const heard: MessageOf<T>[] = [];
    const subscription = this.node.subscription(topic, type, qos, (message) => void heard.push(message));
    this.#links.push(() => subscription.publisherCount);
    return heard;
  }

  /** Waits until every topic has someone at the other end, and a little longer: one side knows of a match before the other. */
  async connected(): Promise<void> {
    await eventually('all topics to match', () => this.#links.every((count) => count() > 0));
    await sleep(otherSideDelay);
  }
}

/** Runs the test's body with a peer, and ends the peer's timers with it. */
export async function withPeer(body: (peer: Peer) => Promise<void>): Promise<void> {
  await withGraph(async (_graph, spinning) => {
    const peer = new Peer(spinning('peer'));
    try {
      await body(peer);
    } finally {
      peer.node.destroy();
    }
  });
}

/** A ROS 2 graph of a test file's own, and patience. */
import { randomInt } from 'node:crypto';
import { closeGraph, createNode, openGraph, type Graph, type GraftNode } from '../../src/ros/index.js';

process.env['ROS_DOMAIN_ID'] ??= String(randomInt(1, 101));

/** Generous: the machine may be busy. */
export const patience_ms = 20_000;

/** Opens a graph, runs the test's body with it and closes it again. */
export async function withGraph(
  body: (graph: Graph, spinning: (name: string) => GraftNode) => Promise<void>,
  argv: readonly string[] = [],
): Promise<void> {
  const graph = await openGraph(argv);
  try {
    await body(graph, (name) => {
      const node = createNode(graph, name);
      node.spin();
      return node;
    });
  } finally {
    closeGraph(graph);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `check` gives something, or fails with `what`. */
export async function eventually<T>(what: string, check: () => T | undefined | false): Promise<T> {
  const end = performance.now() + patience_ms;
  while (performance.now() < end) {
    const value = check();
    if (value !== undefined && value !== false) return value;
    await sleep(5);
  }
  throw new Error(`${what}: not within ${patience_ms / 1000} s`);
}

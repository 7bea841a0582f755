/** Waiting for other nodes of the graph to be ready. */
import { lifecycleStates, type NodeContext } from '../ros/index.js';

/** How long one question for a node's state may take, ms. */
const questionTimeout = 1000;

/**
 * Waits until every named lifecycle node is active.
 * @param names relative node names
 * @param timeout for all of them together, s
 * @throws Error naming the nodes that are still missing
 */
export async function waitForActive(
  { node, stopping, diagnostics }: Pick<NodeContext, 'node' | 'stopping' | 'diagnostics'>,
  names: readonly string[],
  timeout: number,
): Promise<void> {
  const deadline = performance.now() + timeout * 1000;
  for (const name of names) {
    const client = node.client(`${name}/get_state`, 'lifecycle_msgs/srv/GetState');
    while (!stopping.aborted) {
      diagnostics.set('episode', 'WARN', `waiting for ${name}`);
      if ((await stateOf(client)) === lifecycleStates.active) break;
      if (performance.now() > deadline) throw new Error(`${name} is not active after ${timeout} s`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function stateOf(client: ReturnType<NodeContext['node']['client']>): Promise<number | undefined> {
  try {
    const { current_state } = (await client.call({}, { timeout_ms: questionTimeout })) as {
      current_state: { id: number };
    };
    return current_state.id;
  } catch {
    return undefined;
  }
}

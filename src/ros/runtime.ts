/** Runs nodes in a process: start, autostart, spin, and an orderly end on SIGINT, SIGTERM or a fatal error. */
import { hostname } from 'node:os';
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import { parameterSchema } from '../config/parameters.js';
import type { Schema } from '../config/schema.js';
import { Diagnostics } from './diagnostics.js';
import { Lifecycle, type LifecycleCallbacks } from './lifecycle.js';
import { GraftNode, type NodeOptions } from './node.js';
import { readRosArguments, resolveOverrides, type RosArguments } from './parameter-overrides.js';
import {
  checkKnown,
  declareParameters,
  type NodeParameters,
  type ParameterSources,
  type ParameterValues,
} from './parameters.js';
import type { LifecycleState } from './lifecycle-states.js';
import { listenForStop, type Stop } from './stop.js';
import {
  loadRcl,
  RosUnavailableError,
  type NativeParameters,
  type Rcl,
  type RclContext,
} from './rcl-module.js';

/** What a node is given to build itself from. Nothing has been published or heard yet. */
export type NodeContext<P extends object = ParameterValues> = {
  readonly node: GraftNode;
  readonly parameters: NodeParameters<P>;
  readonly diagnostics: Diagnostics;
  /** Whether the node is in lifecycle state `active`. */
  readonly isActive: () => boolean;
  /** Aborted when the process begins to shut down. */
  readonly stopping: AbortSignal;
  /** Ends the process in order, with exit code 0 or with 1 and this error. */
  readonly requestStop: (error?: Error) => void;
};

/** What `create` returns: the transitions of a managed node, each optional. */
export type RunningNode = LifecycleCallbacks;

/** A node that can be run by itself or in a container. */
export type NodeDefinition<P extends object = ParameterValues> = {
  /** Its name in the graph (unless remapped) and in `schemas/parameters.schema.json`. */
  readonly name: string;
  /** Its parameters, where they are not in that file. */
  readonly schema?: Schema;
  /**
   * Makes the node's topics and services. This is the place for them: once a node spins, each new subscription or
   * service holds the process up for some 10 ms (rclnodejs waits for its background thread).
   */
  create(context: NodeContext<P>): Promise<RunningNode>;
};

/** A node whose parameter type does not matter to who runs it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- P stands on both sides of `create`
export type AnyNodeDefinition = NodeDefinition<any>;

/** An initialised ROS 2 context with the process's arguments. */
export type Graph = {
  readonly rcl: Rcl;
  readonly context: RclContext;
  readonly rules: NativeParameters;
  readonly from: RosArguments;
};

/** How long the nodes of a process may take to shut down, all together [s]; `ros2 launch` sends SIGTERM after 5. */
const shutdownLimit = 4;
const diagnosticsPeriod = 1;

/**
 * Initialises ROS 2.
 * @param argv the process's arguments with `--ros-args`
 * @throws RosUnavailableError, or ConfigError for arguments or a parameter file that rcl does not understand
 */
export async function openGraph(argv: readonly string[] = process.argv.slice(2)): Promise<Graph> {
  const rcl = await loadRcl();
  const context = new rcl.module.Context();
  try {
    await rcl.module.init(context, [...argv]);
  } catch (error) {
    throw new ConfigError('ROS arguments', '', (error as Error).message);
  }
  return {
    rcl,
    context,
    rules: rcl.native.getParameterOverrides(context.handle) ?? [],
    from: readRosArguments(argv),
  };
}

/** A plain node in a graph, without lifecycle, parameters and diagnostics: for tools and tests. Spin it. */
export function createNode(graph: Graph, name: string, options: NodeOptions = {}): GraftNode {
  return new GraftNode(graph.rcl, graph.context, name, options);
}

/** Ends all nodes of a graph. */
export function closeGraph(graph: Graph): void {
  if (!graph.context.isShutdown()) graph.context.shutdown();
}

type Started = { readonly node: GraftNode; readonly lifecycle: Lifecycle; readonly autostart: boolean };

/**
 * Runs nodes until SIGINT, SIGTERM or a fatal error. With one definition the command line's `__node` renames it; with
 * several each keeps its own name.
 * @returns the exit code: 0 after an orderly end, 1 otherwise. Nothing of ROS 2 is left running.
 */
export async function runNodes(
  definitions: readonly AnyNodeDefinition[],
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  return runGraph(argv, () => ({ definitions, pinNames: definitions.length > 1 }));
}

/**
 * Runs those of the given nodes that the parameter `nodes` (string array) names, in one process. Each reads its own
 * parameters under its own name; topic remappings and the namespace hold for all of them.
 * @returns the exit code, as `runNodes`
 */
export async function runContainer(
  definitions: readonly AnyNodeDefinition[],
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  return runGraph(argv, (graph) => ({ definitions: chosenNodes(graph, definitions), pinNames: true }));
}

/** Runs nodes and ends the process with their exit code. */
export async function runExecutable(run: Promise<number>): Promise<never> {
  process.exit(await run);
}

/** Definitions with schemas of their own add to what a wildcard of a parameter file may name. */
function parameterSources(graph: Graph, definitions: readonly AnyNodeDefinition[]): ParameterSources {
  const elsewhere = definitions.flatMap(({ schema }) => Object.keys(schema?.properties ?? {}));
  return { rules: graph.rules, from: graph.from, elsewhere };
}

function chosenNodes(graph: Graph, definitions: readonly AnyNodeDefinition[]): AnyNodeDefinition[] {
  const { rules, from } = graph;
  const fullName = `${(from.namespace ?? '').replace(/\/$/, '')}/${from.nodeName ?? 'container'}`;
  const overrides = resolveOverrides(rules, fullName, from.commandLine);
  const sources = parameterSources(graph, definitions);
  for (const override of overrides.values()) {
    checkKnown('container', parameterSchema('container'), override, sources);
  }
  const chosen = overrides.get('nodes')?.value;
  const known = definitions.map((definition) => definition.name);
  if (!Array.isArray(chosen) || chosen.length === 0) {
    throw new ConfigError(`parameters of ${fullName}`, 'nodes', `expected a list out of ${known.join(', ')}`);
  }
  return chosen.map((name: unknown) => {
    const definition = definitions.find((candidate) => candidate.name === name);
    if (definition !== undefined) return definition;
    const near = nearestName(String(name), known);
    const hint = near === undefined ? `known nodes: ${known.join(', ')}` : `did you mean ${near}?`;
    throw new ConfigError(`parameters of ${fullName}`, 'nodes', `no node is called ${String(name)}; ${hint}`);
  });
}

type Choice = { definitions: readonly AnyNodeDefinition[]; pinNames: boolean };

async function runGraph(argv: readonly string[], choose: (graph: Graph) => Choice): Promise<number> {
  const stop = listenForStop();
  const started: Started[] = [];
  let graph: Graph | undefined;
  let code = 0;
  try {
    graph = await openGraph(argv);
    const starting = startAll(graph, choose(graph), started, stop);
    await Promise.race([starting.then(() => stop.requested), stop.requested]);
  } catch (error) {
    printFatal(error);
    code = 1;
  }
  stop.request();
  const deadline = performance.now() + shutdownLimit * 1000;
  for (const entry of started.reverse()) await stopNode(entry, deadline);
  if (graph !== undefined) closeGraph(graph);
  stop.release();
  return code;
}

/** What a person can act on is said in a line; what is a fault of the program comes with its stack. */
function printFatal(error: unknown): void {
  const expected = error instanceof ConfigError || error instanceof RosUnavailableError;
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  console.error(`graft: ${text}`);
}

/** A node that cannot start ends the process: half a graph is of no use, and launch sees that it ended. */
async function startAll(
  graph: Graph,
  { definitions, pinNames }: Choice,
  started: Started[],
  stop: Stop,
): Promise<void> {
  const sources = parameterSources(graph, definitions);
  for (const definition of definitions) {
    const node = createNode(graph, definition.name, { pinName: pinNames });
    started.push(await startNode(graph.rcl, node, definition, sources, stop));
  }
  for (const { node, lifecycle, autostart } of [...started]) {
    if (!autostart || stop.signal.aborted) continue;
    const result = await lifecycle.start();
    if (!result.success && !stop.signal.aborted) {
      throw result.error ?? new Error(`${node.fullName} did not start`);
    }
  }
}

async function startNode(
  rcl: Rcl,
  node: GraftNode,
  definition: AnyNodeDefinition,
  sources: ParameterSources,
  stop: Stop,
): Promise<Started> {
  const parameters = declareParameters<ParameterValues>(
    rcl,
    node,
    definition.name,
    sources,
    definition.schema,
  );
  const diagnostics = new Diagnostics(node.name, hostname(), () => performance.now() / 1000);
  node.onError((error, where) => diagnostics.callbackFailed(where, error.message));
  let state: LifecycleState = 'unconfigured';
  const running = await definition.create({
    node,
    parameters,
    diagnostics,
    isActive: () => state === 'active',
    stopping: stop.signal,
    requestStop: stop.request,
  });
  const lifecycle = new Lifecycle(node, running, (entered) => {
    state = entered;
    diagnostics.set('lifecycle', state === 'errorprocessing' ? 'ERROR' : 'OK', state);
  });
  const publisher = node.publisher('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', 'reliable');
  node.timer(diagnosticsPeriod, () => publisher.publish(diagnostics.message(node.now())));
  node.spin();
  return { node, lifecycle, autostart: parameters.common.autostart };
}

/** @param deadline as `performance.now()` [ms] */
async function stopNode({ node, lifecycle }: Started, deadline: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), Math.max(0, deadline - performance.now()));
  });
  const outcome = await Promise.race([lifecycle.stop(), late]);
  clearTimeout(timer);
  if (outcome === 'late') node.logger.warn(`did not shut down in time`);
  node.destroy();
}

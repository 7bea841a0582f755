/** ROS's own robot_state_publisher as a child process, where it is installed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packageName = 'robot_state_publisher';

/** How long it may take to end before it is killed, ms; a node has 4 s for its shutdown. */
const patience = 2000;

export type StatePublisherOptions = {
  /** from `findStatePublisher` */
  readonly executable: string;
  /** the URDF */
  readonly description: string;
  /** Hz */
  readonly publishFrequency: number;
  readonly framePrefix: string;
  readonly useSimTime: boolean;
  readonly namespace: string;
  /** arguments of this process, whose remappings hold for the child too */
  readonly argv: readonly string[];
};

/** A running child; `stop` resolves when it has ended. */
export type StatePublisher = { stop(): Promise<void> };

/** The executable of robot_state_publisher in the first ament prefix whose index has the package. */
export function findStatePublisher(prefixes: readonly string[]): string | undefined {
  return prefixes
    .filter((prefix) => existsSync(join(prefix, 'share/ament_index/resource_index/packages', packageName)))
    .map((prefix) => join(prefix, 'lib', packageName, packageName))
    .find((executable) => existsSync(executable));
}

/**
 * Starts it.
 * @param ended called with the reason if it ends before `stop`, once
 */
export function startStatePublisher(
  options: StatePublisherOptions,
  ended: (reason: string) => void,
): StatePublisher {
  const folder = mkdtempSync(join(tmpdir(), 'graft-description-'));
  const file = join(folder, 'parameters.yaml');
  writeFileSync(file, parameterFile(options));
  const child = spawn(options.executable, statePublisherArguments(file, options), { stdio: 'inherit' });
  let stopping = false;
  const gone = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      rmSync(folder, { recursive: true, force: true });
      if (!stopping) ended(reason);
      stopping = true;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code ?? 0}` : signal));
  });
  return {
    stop: async () => {
      if (!stopping) await endChild(child, gone, () => (stopping = true));
    },
  };
}

async function endChild(child: ChildProcess, gone: Promise<void>, mark: () => void): Promise<void> {
  mark();
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(timer);
}

/** A URDF is too long for a command line. JSON strings are YAML. */
function parameterFile({
  description,
  publishFrequency,
  framePrefix,
  useSimTime,
}: StatePublisherOptions): string {
  return [
    '/**:',
    '  ros__parameters:',
    `    robot_description: ${JSON.stringify(description)}`,
    `    publish_frequency: ${publishFrequency.toFixed(3)}`,
    `    frame_prefix: ${JSON.stringify(framePrefix)}`,
    `    use_sim_time: ${useSimTime}`,
    '',
  ].join('\n');
}

/** Its command line: the parameter file, the namespace, and the topic remappings in `argv`. */
export function statePublisherArguments(
  file: string,
  { namespace, argv }: Pick<StatePublisherOptions, 'namespace' | 'argv'>,
): string[] {
  const remaps = argv.filter(
    (rule, i) =>
      (argv[i - 1] === '-r' || argv[i - 1] === '--remap') && !/^([^:=]+:)?__(node|name|ns):=/.test(rule),
  );
  return [
    '--ros-args',
    '--params-file',
    file,
    ...[`__node:=${packageName}`, `__ns:=${namespace}`, ...remaps].flatMap((rule) => ['-r', rule]),
  ];
}

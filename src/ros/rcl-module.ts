/**
 * The one door to rclnodejs: the part of it that this project uses, typed, and a loader that never builds anything.
 *
 * rclnodejs 2.2 has only a default export at run time while its typings declare named ones, and its typings need
 * generated files that do not exist before set-up; so the types are written here.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An opaque native object. */
export type RclHandle = object;

export type RclContext = {
  readonly handle: RclHandle;
  isShutdown(): boolean;
  shutdown(): void;
};

/** A generated interface class; only its name is needed to find the C type support. */
export type RclTypeClass = {
  type(): { pkgName: string; subFolder: string; interfaceName: string };
};

export type RclMessage = object;
export type RclMessageClass = { new (value?: object): RclMessage; type: RclTypeClass['type'] };
export type RclServiceClass = { Request: RclMessageClass; Response: RclMessageClass };

export type RclPublisher = {
  readonly topic: string;
  readonly subscriptionCount: number;
  publish(bytes: Buffer): void;
  /** @param timeout ns; 0 asks without waiting */
  waitForAllAcked(timeout: bigint): boolean;
};
export type RclSubscription = { readonly topic: string; readonly publisherCount: number };
export type RclService = { readonly serviceName: string };
export type RclClient = {
  readonly serviceName: string;
  waitForService(timeout: number): Promise<boolean>;
  sendRequestAsync(request: object, options: { timeout: number }): Promise<object>;
};

export type RclQos = object;
export type RclParameter = { readonly name: string; readonly type: number; readonly value: unknown };
export type RclParameterDescriptor = {
  additionalConstraints: string;
  validateParameter(parameter: RclParameter): void;
  toMessage(): object;
};
export type RclSetResult = { successful: boolean; reason: string };

export type RclLogger = {
  readonly loggerEffectiveLevel: number;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** One end point of a topic, as the graph knows it; enumerations are rmw's numbers. */
export type RclEndpoint = {
  node_name: string;
  topic_type: string;
  qos_profile: { history: number; depth: number; reliability: number; durability: number };
};

export type RclNode = {
  name(): string;
  namespace(): string;
  getFullyQualifiedName(): string;
  resolveTopicName(topic: string): string;
  getLogger(): RclLogger;
  spin(timeout?: number): void;
  destroy(): void;
  createPublisher(type: RclTypeClass, topic: string, options: { qos: RclQos }): RclPublisher;
  createSubscription(
    type: RclTypeClass,
    topic: string,
    options: { qos: RclQos; isRaw: true },
    callback: (bytes: Buffer) => void,
  ): RclSubscription;
  destroySubscription(subscription: RclSubscription): void;
  destroyPublisher(publisher: RclPublisher): void;
  createService(
    type: RclServiceClass,
    name: string,
    callback: (request: object) => Promise<object | undefined>,
  ): RclService;
  createClient(type: RclServiceClass, name: string): RclClient;
  getTopicNamesAndTypes(): { name: string; types: string[] }[];
  getPublishersInfoByTopic(topic: string): RclEndpoint[];
  getNodeNamesAndNamespaces(): { name: string; namespace: string }[];
  countPublishers(topic: string): number;
  countSubscribers(topic: string): number;
  hasParameter(name: string): boolean;
  setParameter(parameter: RclParameter): RclSetResult;
  declareParameter(
    parameter: RclParameter,
    descriptor: RclParameterDescriptor,
    ignoreOverrides: boolean,
  ): unknown;
  addPreSetParametersCallback(callback: (parameters: RclParameter[]) => RclParameter[]): void;
  addOnSetParametersCallback(callback: (parameters: RclParameter[]) => RclSetResult): void;
  addPostSetParametersCallback(callback: (parameters: RclParameter[]) => void): void;
};

export type RclModule = {
  Context: new () => RclContext;
  Node: new (
    name: string,
    namespace: string,
    context: RclContext,
    options: { startTypeDescriptionService?: boolean },
    args: string[],
    useGlobalArguments: boolean,
  ) => RclNode;
  QoS: new (history: number, depth: number, reliability: number, durability: number) => RclQos;
  Parameter: new (name: string, type: number, value: unknown) => RclParameter;
  ParameterDescriptor: new (
    name: string,
    type: number,
    description: string,
    readOnly: boolean,
  ) => RclParameterDescriptor;
  init(context: RclContext, argv: string[]): Promise<void>;
  require(name: string): unknown;
  serializeMessage(message: RclMessage, type: RclMessageClass): Buffer;
  removeSignalHandlers(): void;
};

/** The parameter rules of the command line, as rcl parsed them, in rcl's order. */
export type NativeParameters = {
  name: string;
  parameters: { name: string; type: number; value?: unknown }[];
}[];

export type RclNative = { getParameterOverrides(context: RclHandle): NativeParameters | undefined };

export type Rcl = { readonly module: RclModule; readonly native: RclNative };

/** ROS 2 cannot be used in this process; the message says what to do. */
export class RosUnavailableError extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(
      `${problem}. Run \`npm run setup\`, or source a ROS 2 installation first and then run \`npm run setup\``,
      options,
    );
    this.name = 'RosUnavailableError';
  }
}

let loaded: Promise<Rcl> | undefined;

/**
 * Loads rclnodejs once per process.
 * @throws RosUnavailableError when ROS 2 is not in the environment, or the native module or the generated messages
 * are missing or do not load. (rclnodejs itself would start a build of several minutes.)
 */
export function loadRcl(): Promise<Rcl> {
  loaded ??= importRcl();
  return loaded;
}

const require = createRequire(import.meta.url);

async function importRcl(): Promise<Rcl> {
  if ((process.env['AMENT_PREFIX_PATH'] ?? '') === '') {
    throw new RosUnavailableError('ROS 2 is not in the environment (AMENT_PREFIX_PATH is empty)');
  }
  const folder = dirname(require.resolve('rclnodejs/package.json'));
  await checkNativeModule(folder);
  if (!existsSync(join(folder, 'generated', 'generator.json'))) {
    throw new RosUnavailableError('rclnodejs has no generated messages');
  }
  const module = await importDefault<RclModule>('rclnodejs');
  const native = await importDefault<RclNative>('rclnodejs/lib/native_loader.js');
  // Its SIGINT handler destroys all contexts at once; the runtime shuts nodes down in order instead.
  module.removeSignalHandlers();
  return { module, native };
}

async function importDefault<T>(specifier: string): Promise<T> {
  return (await importModule<{ default: T }>(specifier)).default;
}

/** A specifier that the compiler does not see, so that it does not look for typings. */
async function importModule<T>(specifier: string): Promise<T> {
  return (await import(specifier)) as T;
}

type PrebuiltNames = {
  getTaggedPrebuildFilename(of: {
    rosDistro: string;
    ubuntuCodename: string;
    arch: string;
    runtime: string;
  }): string;
};
type UbuntuNames = { detectUbuntuCodename(): string | null };

/** Loads the file that rclnodejs is going to load, so that a failure is ours to report. */
async function checkNativeModule(folder: string): Promise<void> {
  delete process.env['RCLNODEJS_FORCE_BUILD'];
  const prebuilt = await prebuiltFile(folder);
  const built = join(folder, 'build', 'Release', 'rclnodejs.node');
  if (prebuilt !== undefined && loadError(prebuilt) === undefined) return;
  if (!existsSync(built)) throw new RosUnavailableError('the native module of rclnodejs has not been built');
  const error = loadError(built);
  if (error !== undefined) {
    throw new RosUnavailableError(`the native module of rclnodejs does not load: ${error.message}`, {
      cause: error,
    });
  }
}

async function prebuiltFile(folder: string): Promise<string | undefined> {
  const prebuilds = await importModule<PrebuiltNames>('rclnodejs/lib/prebuilds.js');
  const ubuntu = await importModule<UbuntuNames>('rclnodejs/lib/utils.js');
  const rosDistro = process.env['ROS_DISTRO'] ?? '';
  const ubuntuCodename = ubuntu.detectUbuntuCodename();
  if (rosDistro === '' || ubuntuCodename === null || process.platform !== 'linux') return undefined;
  const name = prebuilds.getTaggedPrebuildFilename({
    rosDistro,
    ubuntuCodename,
    arch: process.arch,
    runtime: 'node',
  });
  const file = join(folder, 'prebuilds', `linux-${process.arch}`, name);
  return existsSync(file) ? file : undefined;
}

function loadError(file: string): Error | undefined {
  try {
    require(file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

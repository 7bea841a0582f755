/** The end of a process: who may ask for it, and how it is told. */

export type Stop = {
  /** Resolves when an orderly end is asked for; rejects when something fatal happened. */
  readonly requested: Promise<void>;
  /** Aborted as soon as the end is asked for. */
  readonly signal: AbortSignal;
  /** Asks for the end, with an error if it is one. Only the first request counts. */
  readonly request: (error?: Error) => void;
  /** Gives SIGINT, SIGTERM and uncaught errors back to Node. */
  release(): void;
};

/**
 * Takes SIGINT, SIGTERM, uncaught exceptions and unhandled rejections over. A second signal, sent while the first is
 * being obeyed, ends the process at once with the shell's code for it (128 + number).
 */
export function listenForStop(): Stop {
  const controller = new AbortController();
  let settle: { resolve(): void; reject(error: Error): void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  const requested = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever awaits it sees the error; until then it is not an unhandled one.
  requested.catch(() => undefined);
  const request = (error?: Error): void => {
    controller.abort();
    if (error === undefined) settle.resolve();
    else settle.reject(error);
  };
  const onSignal = (_name: NodeJS.Signals, number: number): void => {
    if (controller.signal.aborted) process.exit(128 + number);
    request();
  };
  const onError = (thrown: unknown): void =>
    request(thrown instanceof Error ? thrown : new Error(String(thrown)));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  const release = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    process.off('uncaughtException', onError).off('unhandledRejection', onError);
  };
  return { requested, signal: controller.signal, request, release };
}

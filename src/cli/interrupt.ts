/** Ctrl-C during a loop of this process. */
import { Interrupted } from './launch-child.js';

/** The same items until Ctrl-C; then the loop ends with `Interrupted`, after the source was told to stop. */
export async function* interruptible<T>(source: AsyncGenerator<T>): AsyncGenerator<T, void, void> {
  let onSignal: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    onSignal = (): void => reject(new Interrupted());
  });
  // Nobody may be waiting when the signal comes.
  interrupted.catch(() => undefined);
  process.once('SIGINT', onSignal);
  try {
    for (;;) {
      const next = await Promise.race([source.next(), interrupted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    process.off('SIGINT', onSignal);
    await source.return(undefined);
  }
}

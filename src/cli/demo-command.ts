/** The command line that makes a run, for resuming it and for its report. */
import type { DemoRequest } from './demo.js';

type Optional = 'task' | 'demos' | 'chunk' | 'execute' | 'worlds' | 'settings' | 'randomise';
type DemoSettings = Pick<DemoRequest, 'seed' | 'steps' | 'episodes'> & {
  readonly [Name in Optional]?: DemoRequest[Name] | undefined;
};

/** `npx graft demo` with everything that its results depend on. */
export function demoCommand(settings: DemoSettings): string {
  const { randomise = false } = settings;
  const names = [
    'seed',
    'steps',
    'episodes',
    'demos',
    'task',
    'chunk',
    'execute',
    'worlds',
    'settings',
  ] as const;
  const options = names.flatMap((name) =>
    settings[name] === undefined ? [] : [`--${name} ${settings[name]}`],
  );
  return ['npx graft demo', ...options, ...(randomise ? ['--randomise'] : [])].join(' ');
}

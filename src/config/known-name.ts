/** Names in a file that must be among those that there are. */
import { ConfigError } from './config-error.js';
import { suggestion } from './nearest.js';

/**
 * @param kind what the name is of, for the error: `joint`, `frame`
 * @param key of the name in `file`
 * @throws ConfigError with the nearest known name, or all of them, if `name` is not known
 */
export function requireKnownName(
  kind: string,
  name: string,
  known: readonly string[],
  key: string,
  file: string,
): void {
  if (known.includes(name)) return;
  const hint = suggestion(name, known) || `; known: ${known.join(', ')}`;
  throw new ConfigError(file, key, `unknown ${kind} ${name}${hint}`);
}

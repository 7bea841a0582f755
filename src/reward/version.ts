/** Versions of critics. */
import { createHash } from 'node:crypto';

/** Short digest of whatever a critic's opinion depends on: settings, texts, bytes of model files. */
export function versionOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Whose opinions a mixer needs. */
import type { MixerSpec } from './mixing/spec.js';

/** Names of the critics that terms, penalties and infractions look at. */
export function criticsHeard({ terms, penalties, infractions }: MixerSpec): ReadonlySet<string> {
  const signs = [...Object.values(penalties), ...Object.values(infractions)];
  return new Set([
    ...Object.values(terms).flatMap(({ critics }) => critics),
    ...signs.map(({ critic }) => critic),
  ]);
}

/** Pages of the documentation. */
import { readFileSync } from 'node:fs';
import { projectFile } from '../../src/config/paths.js';

export function page(name: string): string {
  return readFileSync(projectFile('docs', name), 'utf8');
}

/** Its blocks of YAML, in order. */
export function yamlIn(name: string): string[] {
  return [...page(name).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
}

/** `lift` with images in its observation. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { projectFile } from '../../src/config/paths.js';
import { scratchFolder } from '../config/scratch-folder.js';

/** @param images lines of the task file's `images` @returns the task file, which is gone after the test */
export function seeingTask(t: TestContext, images: readonly string[]): string {
  const file = join(scratchFolder(t), 'seeing.yaml');
  const list = images.map((image) => `  - { ${image} }`);
  writeFileSync(file, [`extends: ${projectFile('sim/tasks/lift.yaml')}`, 'images:', ...list].join('\n'));
  return file;
}

/** Commands in the documentation exist, with the options that they are given there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { graftProgram } from '../../src/cli/command-line.js';
import { projectFile } from '../../src/config/paths.js';

const folder = projectFile('docs');
const pages = [projectFile('README.md'), ...readdirSync(folder).map((name) => join(folder, name))].filter(
  (file) => file.endsWith('.md'),
);

/** What is behind `npx graft` in a page, in blocks of code and between backticks. */
function invocations(page: string): string[] {
  const text = page.replace(/\\\n\s*/g, ' ');
  return [...text.matchAll(/(?:npx graft|`graft) ([^`\n#|;&>]*)/g)].map(([, words]) => words.trim());
}

/** The command that the words name, and what is left of them. */
function commandOf(words: readonly string[]): {
  readonly command: Command;
  readonly rest: readonly string[];
} {
  let command = graftProgram();
  for (const [i, word] of words.entries()) {
    const next = command.commands.find((sub) => sub.name() === word);
    if (next === undefined) return { command, rest: words.slice(i) };
    command = next;
  }
  return { command, rest: [] };
}

for (const file of pages) {
  const found = invocations(readFileSync(file, 'utf8'));
  if (found.length === 0) continue;
  test(`${file.slice(projectFile().length + 1)}: commands and options exist`, () => {
    for (const invocation of found) {
      const { command, rest } = commandOf(invocation.split(/\s+/));
      const options = rest
        .filter((word) => word.startsWith('--'))
        .map((word) => word.replace(/[,.)=].*$/, ''));
      const known = ['--help', ...command.options.map(({ long }) => long)];
      for (const option of options) assert.ok(known.includes(option), `graft ${invocation}: ${option}`);
      const isGroup = command.commands.length > 0;
      assert.ok(!isGroup || rest.length === 0 || rest[0]?.startsWith('--'), `graft ${invocation}`);
    }
  });
}

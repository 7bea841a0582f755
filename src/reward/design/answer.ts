/** From a language model's answer to a progress function, or to the reasons why it is none. */
import { parse } from 'yaml';
import { ConfigError } from '../../config/config-error.js';
import { checkAgainst, loadSchema, type Schema } from '../../config/schema.js';
import {
  compileProgress,
  type CompiledProgress,
  type NamedTask,
  type ProgressSettings,
} from '../critics/progress-function/compile.js';

export type Answer =
  { readonly settings: ProgressSettings; readonly compiled: CompiledProgress } | { readonly problem: string };

const mostCharacters = 20_000;

/** Of the critic's settings, those that an answer gives. */
const answerKeys = ['state', 'progress', 'done', 'uncertainty', 'components'];

/** Reads the last block of YAML of an answer, or all of it if it has none. */
export function readAnswer(text: string, task: NamedTask): Answer {
  const blocks = [...text.matchAll(/^```(?:ya?ml)?[ \t]*\r?\n([\s\S]*?)^```/gm)];
  const yaml = blocks.at(-1)?.[1] ?? text;
  if (yaml.trim() === '') return { problem: 'the answer is empty' };
  if (yaml.length > mostCharacters)
    return { problem: `the answer has more than ${mostCharacters} characters` };
  try {
    const settings = checkedSettings(parsed(yaml));
    const compiled = compileProgress(settings, task, { file: 'answer', key: '' });
    return { settings, compiled };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problem: error.message };
  }
}

function parsed(yaml: string): unknown {
  try {
    return parse(yaml, { maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw new ConfigError('answer', '', `is not valid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** @throws ConfigError if the schema of the critic is not kept */
function checkedSettings(value: unknown): ProgressSettings {
  const critic = loadSchema('critics').properties?.progress_function;
  const known = Object.entries(critic?.properties ?? {}).filter(([key]) => answerKeys.includes(key));
  const schema = { ...critic, required: ['progress'], properties: Object.fromEntries(known) } as Schema;
  checkAgainst('design/answer', schema, value, 'answer');
  return value as ProgressSettings;
}

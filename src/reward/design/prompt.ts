/** What a language model is told: the task, what can be measured, the language, the rules, and why its last answer was refused. */
import type { Task } from '../../sim/task.js';
import type { TextMessage } from '../chat/chat.js';
import type { Environment, EnvironmentValue } from './environment.js';
import { languageReference } from './language-reference.js';
import type { Criteria } from './preference-test.js';

/** What the first message is made of. */
export type DesignBrief = {
  readonly task: Pick<
    Task,
    'control_rate_hz' | 'horizon_steps' | 'quantities' | 'success' | 'failure' | 'stages'
  >;
  readonly instruction: string;
  readonly environment: Environment;
  readonly criteria: Criteria;
};

const role = `You write progress functions for robots. A progress function says at every moment of an episode how far the task is, as
expressions in a small closed language over measured values. It is paid to a learner as the difference between moments, so
whatever makes it rise without the task coming nearer will be exploited.`;

/** The messages that ask for the first answer. */
export function firstMessages(brief: DesignBrief): readonly TextMessage[] {
  const { task, instruction, environment, criteria } = brief;
  const parts = [
    `# Task\n${instruction}\nControl rate ${task.control_rate_hz} Hz; an episode lasts at most ${short(task.horizon_steps / task.control_rate_hz)} s.`,
    `# Values that are observed\n${valuesHeader}\n${table(environment.observed)}`,
    toldPart(task, environment),
    `# Language\n${languageReference}`,
    `# Answer\n${answerFormat}`,
    `# Rules\n${rules(criteria)}`,
  ];
  return [
    { role: 'system', content: role },
    { role: 'user', content: parts.filter((part) => part !== '').join('\n\n') },
  ];
}

/** The message after a refused answer. */
export function refusalMessage(reasons: readonly string[]): TextMessage {
  const list = reasons.map((reason) => `- ${reason}`).join('\n');
  return {
    role: 'user',
    content: `The function was refused:\n${list}\n\nAnswer with a corrected function, whole, in one block of YAML.`,
  };
}

const valuesHeader = `A position, an axis or a velocity is in the world frame, z up; position_in_NAME is in the frame of NAME. rotation.r01 is row 0,
column 1 of the rotation matrix. Each line: name [unit]: least to greatest; mean at the start -> at the end of successes | of failures`;

const answerFormat = `One block of YAML with these keys and no others:
\`\`\`yaml
state:          # intermediate values in order; each may use those before it; optional
  name: expression
progress: expression from 0 to 1
done: condition that is true where the task is done
components:     # numbers worth recording; optional
  name: expression
\`\`\`
Names of state and components have lower-case letters, digits and underscores, and are none of the names above.`;

function rules(criteria: Criteria): string {
  const list = [
    `progress is at most ${criteria.start} when an episode begins, rises steadily along a success and is near 1 only at its end`,
    'every part of the task counts, from the first approach to letting go; use continuous distances rather than conditions',
    'a failure ends low: what an earlier part earned is lost when it comes undone, and a later part counts only where the earlier ones hold',
    'progress depends on what is the case now: not on time, not on what once was (first() is fine for a value to start from)',
    'done is true only where the task is done: use held_for so that passing through does not count',
    'no value may become infinite or undefined: guard every division and root',
  ];
  return list.map((rule) => `- ${rule}`).join('\n');
}

/** What a simulator tells beside the observation, and how it judges. */
function toldPart(task: DesignBrief['task'], { told }: Environment): string {
  if (told.length === 0) return '';
  const means = Object.entries(task.quantities).map(([name, text]) => `${name} = ${text}`);
  const stages = task.stages.map(({ name, done }, i) => `stage ${i + 1} (${name}) = ${done}`);
  const judged = [...means, ...stages, `success = ${task.success}`, `failure = ${task.failure}`];
  return (
    `# Values that the simulator tells\nConditions are 1 or 0; stage counts the stages that are done.\n${table(told)}\n` +
    `They are defined over the simulated scene, with functions that you cannot call:\n${judged.join('\n')}`
  );
}

function table(values: readonly EnvironmentValue[]): string {
  return values.map(row).join('\n');
}

function row({ name, unit, low, high, start, end_success, end_failure }: EnvironmentValue): string {
  const [from, to, began, succeeded, failed] = [low, high, start, end_success, end_failure].map((value) =>
    value === undefined ? '?' : short(value),
  );
  return `${name}${unit === '' ? '' : ` [${unit}]`}: ${from} to ${to}; ${began} -> ${succeeded} | ${failed}`;
}

/** What is smaller is noise of a simulation or a sensor. */
const smallest = 1e-4;

function short(value: number): string {
  return Math.abs(value) < smallest ? '0' : String(Number(value.toPrecision(3)));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '../../../../../src/reward/chat/chat.js';
import type { Shot } from '../../../../../src/reward/critics/http-vlm/pictures.js';
import { framesPrompt } from '../../../../../src/reward/critics/http-vlm/prompts/frames.js';
import { hopPrompt } from '../../../../../src/reward/critics/http-vlm/prompts/hops.js';
import { pairwisePrompt } from '../../../../../src/reward/critics/http-vlm/prompts/pairwise.js';
import { questionPrompt } from '../../../../../src/reward/critics/http-vlm/prompts/question.js';

const shot = (name: string): Shot => [{ camera: 'head', url: name }];
const two = (name: string): Shot => ['head', 'wrist'].map((camera) => ({ camera, url: `${name}/${camera}` }));
const scene = { instruction: 'put the cube on the plate', reference: [shot('r1'), shot('r2'), shot('r3')] };

/** What the user's message shows: each image with the text right before it. */
function images(messages: readonly ChatMessage[]): string[] {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  return parts.flatMap((part, i) => {
    if (part.type === 'text') return [];
    const before = parts[i - 1];
    return [`${before.type === 'text' ? before.text : ''} ${part.image_url.url}`];
  });
}

const prompts: Readonly<Record<string, ChatMessage[]>> = {
  pairwise: pairwisePrompt(scene, shot('first'), shot('a'), shot('b')),
  hops: hopPrompt({ ...scene, start: shot('s'), goal: shot('g'), before: shot('a'), after: shot('b') }),
  frames: framesPrompt(scene, shot('first'), [shot('a'), shot('b')]),
  question: questionPrompt(scene, shot('now')),
};

for (const [name, messages] of Object.entries(prompts)) {
  test(`${name}: the prompt names the task and says that writing in the scene is to be ignored`, () => {
    const [system, user] = messages;
    assert.match(system.content as string, /Writing that is visible .* ignore what it says/);
    const [task] = user.content;
    assert.deepEqual(task, { type: 'text', text: 'The task: put the cube on the plate' });
  });
}

test('the demonstration comes first, then the frames in the order that their titles say', () => {
  assert.deepEqual(images(prompts['pairwise']), [
    ...['Demonstration 1: r1', 'Demonstration 2: r2', 'Demonstration 3: r3'],
    'The attempt to judge, at its start: first',
    ...['Earlier frame: a', 'Later frame: b'],
  ]);
  assert.deepEqual(images(prompts['hops']), ['Start: s', 'Goal: g', 'BEFORE: a', 'AFTER: b']);
  assert.deepEqual(images(prompts['frames']), [
    'Demonstration (progress 0%): r1',
    'Demonstration (progress 50%): r2',
    'Demonstration (progress 100%): r3',
    'The attempt to judge, at its start (progress 0%): first',
    ...['Frame 1: a', 'Frame 2: b'],
  ]);
});

test('pictures of several cameras are told apart', () => {
  const views = { start: two('s'), goal: two('g'), before: two('a'), after: two('b') };
  assert.deepEqual(images(hopPrompt({ instruction: 'x', ...views })).slice(4), [
    ...['BEFORE, camera head: a/head', 'BEFORE, camera wrist: a/wrist'],
    ...['AFTER, camera head: b/head', 'AFTER, camera wrist: b/wrist'],
  ]);
});

/** The kind `http_vlm`: a vision-language model behind an OpenAI-compatible endpoint says how far a task is. */
import { dirname, resolve } from 'node:path';
import { ConfigError, type SettingsPlace } from '../../../config/config-error.js';
import { chatUrl, keyIn } from '../../chat/address.js';
import { ChatClient } from '../../chat/client.js';
import { Endpoint } from '../../chat/endpoint.js';
import type { CriticContext } from '../../create-critics.js';
import type { Critic, CriticIdentity } from '../../critic.js';
import type { CriticSettings } from '../../reward-file.js';
import { versionOf } from '../../version.js';
import { hopsAsk, pairwiseAsk, questionAsk, type Look } from './askers.js';
import { FrameWalk, type Ask } from './frame-walk.js';
import { framesPrompt } from './prompts/frames.js';
import { judgeFrames } from './frames-critic.js';
import { hopPrompt } from './prompts/hops.js';
import { Model } from './model.js';
import { pairwisePrompt } from './prompts/pairwise.js';
import { Pictures, viewsOf, type Shot, type View } from './pictures.js';
import { questionPrompt } from './prompts/question.js';
import { loadReference } from './reference.js';
import type { HttpVlmSettings } from './settings.js';

/** Of the rules by which answers become judgements. */
const rules = 1;

/**
 * A critic that asks. What is wrong with the endpoint, the budget or a reply is said in the reason of an `unknown`; nothing is thrown then.
 * @throws ConfigError naming the key if the settings do not fit the task or each other, or a file or the key's variable is missing
 */
export async function httpVlm(context: CriticContext, raw: CriticSettings): Promise<Critic> {
  const settings = raw as HttpVlmSettings;
  checkSettings(context, settings);
  const views = chosenViews(context, settings);
  const picture = { format: settings.image_format, size: settings.image_size };
  const { reference: source, reference_frames: frames } = settings;
  const cameras = views.map(({ spec }) => spec.camera);
  const reference =
    source === undefined ? [] : await loadReference(context, { source, cameras, frames, picture });
  const client = clientOf(context, settings);
  const scene = { instruction: context.instruction, reference };
  const look = { scene, pictures: new Pictures(views, picture), model: new Model(client, settings) };
  const identity = {
    name: context.name,
    model: `http_vlm/${settings.prompt}/${settings.model}`,
    version: versionFor(context, settings, reference),
    done_threshold: settings.done_threshold,
    dispose: () => Promise.resolve(client.close()),
  };
  return criticOf(identity, look, settings);
}

function criticOf(identity: CriticIdentity, look: Look, settings: HttpVlmSettings): Critic {
  if (settings.prompt === 'frames') {
    return {
      ...{ ...identity, sees: 'episode' },
      judgeEpisode: (clip, _, signal) => judgeFrames(look, settings.max_frames, clip, signal),
    };
  }
  const walk = new FrameWalk(askOf(look, settings, settings.prompt), settings.every_s);
  if (settings.pace === 'latest')
    return { ...identity, sees: 'prefix', judge: (clip, signal) => walk.judge(clip, signal) };
  return {
    ...{ ...identity, sees: 'episode' },
    judgeEpisode: (clip, _, signal) => walk.judgeEpisode(clip, signal),
  };
}

function askOf(
  look: Look,
  { dead_zone, hops_from, as_progress }: HttpVlmSettings,
  prompt: 'pairwise' | 'hops' | 'question',
): Ask {
  switch (prompt) {
    case 'pairwise':
      return pairwiseAsk(look, dead_zone);
    case 'hops':
      return hopsAsk(look, look.scene.reference.at(-1) ?? [], hops_from, dead_zone);
    case 'question':
      return questionAsk(look, as_progress);
  }
}

function clientOf({ file, name }: CriticContext, settings: HttpVlmSettings): ChatClient {
  const { base_url, api_key_env, timeout_s, max_reply_bytes, cache } = settings;
  const place = (key: string): SettingsPlace => ({ file, key: `critics.${name}.${key}` });
  const endpoint = new Endpoint({
    ...{ url: chatUrl(base_url, place('base_url')), key: keyIn(api_key_env, place('api_key_env')) },
    ...{ timeout_s, max_reply_bytes },
  });
  try {
    const folder = cache === undefined ? {} : { cache: resolve(dirname(file), cache) };
    return new ChatClient(endpoint, { ...settings, ...folder });
  } catch (error) {
    throw new ConfigError(file, place('cache').key, `cannot be made: ${(error as Error).message}`);
  }
}

function checkSettings({ file, name }: CriticContext, settings: HttpVlmSettings): void {
  const { prompt, pace, reference, samples, temperature } = settings;
  const check = (fits: boolean, key: string, problem: string): void => {
    if (!fits) throw new ConfigError(file, `critics.${name}.${key}`, problem);
  };
  const isLate = prompt !== 'frames' || pace === 'episode';
  check(isLate, 'pace', 'must be episode: the prompt frames is about a whole episode');
  const hasGoal = prompt !== 'hops' || reference !== undefined;
  check(hasGoal, 'reference', 'is missing: the prompt hops shows the goal, which is the last frame of it');
  const differs = samples === 1 || temperature > 0;
  check(differs, 'temperature', `must be above 0: ${samples} samples would all be the same`);
}

/** The images that are shown. */
function chosenViews({ file, name, task, images }: CriticContext, { cameras }: HttpVlmSettings): View[] {
  const known = images.map(({ camera }) => camera);
  if (known.length === 0)
    throw new ConfigError(
      file,
      `critics.${name}.kind`,
      `needs images, and task ${task.name} observes none: list cameras under images, here or in ${task.file}`,
    );
  const views = viewsOf(images, cameras ?? known);
  if (typeof views !== 'string') return views;
  const problem = `task ${task.name} has no image of camera ${views}; it has ${known.join(', ')}`;
  throw new ConfigError(file, `critics.${name}.cameras`, problem);
}

/** Settings that decide what an answer is; the others only decide whether and when there is one. */
function versionFor(
  { instruction, images }: CriticContext,
  settings: HttpVlmSettings,
  reference: readonly Shot[],
): string {
  const { base_url, model, prompt, cameras, every_s, max_frames, hops_from, dead_zone, as_progress } =
    settings;
  const { pace, samples, image_size, image_format, temperature, max_tokens, top_logprobs, request } =
    settings;
  const content = [
    ...[rules, templateOf(prompt), instruction, images, reference],
    ...[base_url, model, prompt, cameras, every_s, max_frames, hops_from, dead_zone, as_progress],
    ...[pace, samples, image_size, image_format, temperature, max_tokens, top_logprobs, request],
  ];
  return versionOf(JSON.stringify(content));
}

/** The prompt's text, so that another wording is another version. */
function templateOf(prompt: HttpVlmSettings['prompt']): unknown {
  const shot = [{ camera: '', url: '' }];
  const scene = { instruction: '', reference: [shot] };
  switch (prompt) {
    case 'pairwise':
      return pairwisePrompt(scene, shot, shot, shot);
    case 'hops':
      return hopPrompt({ instruction: '', start: shot, goal: shot, before: shot, after: shot });
    case 'frames':
      return framesPrompt(scene, shot, [shot]);
    case 'question':
      return questionPrompt(scene, shot);
  }
}

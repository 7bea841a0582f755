/** Where requests go, and the key that goes with them, as settings name them. */
import { ConfigError, type SettingsPlace } from '../../config/config-error.js';

/**
 * Where an OpenAI-compatible API completes chats: /chat/completions behind the path of its address, unless it is there already.
 * @throws ConfigError if the address is none, or holds a key or a password, which would end in logs and versions
 */
export function chatUrl(address: string, { file, key }: SettingsPlace): URL {
  if (!URL.canParse(address))
    throw new ConfigError(file, key, `'${address}' is not a URL, such as http://localhost:8000/v1`);
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ConfigError(file, key, `${address} is neither http nor https`);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(file, key, 'must not hold a key or a password; an environment variable can');
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/chat/completions') ? path : `${path}/chat/completions`;
  return url;
}

/**
 * The key in an environment variable; undefined where none is named.
 * @throws ConfigError if the variable is not set, or holds what cannot be sent: the error of fetch would show it
 */
export function keyIn(variable: string | undefined, { file, key }: SettingsPlace): string | undefined {
  if (variable === undefined) return undefined;
  const secret = process.env[variable]?.trim() ?? '';
  if (secret === '') throw new ConfigError(file, key, `the environment variable ${variable} is not set`);
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new ConfigError(file, key, `the key in ${variable} has characters that a header cannot have`);
  return secret;
}

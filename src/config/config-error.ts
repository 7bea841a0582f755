/** Where settings stand, for errors: a file or an option, and a key in it; the key is empty if they are all of it. */
export type SettingsPlace = { readonly file: string; readonly key: string };

/** Something the user wrote does not fit: names the file, the key and what was expected. */
export class ConfigError extends Error {
  constructor(
    readonly file: string,
    readonly key: string,
    readonly problem: string,
  ) {
    super(`${file}: ${key === '' ? '' : `${key}: `}${problem}`);
    this.name = 'ConfigError';
  }
}

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

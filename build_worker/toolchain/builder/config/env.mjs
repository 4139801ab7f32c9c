import { decline } from './types.mjs';
import { Lookup } from './values.mjs';

/** What a build's process has in its environment that differs from machine to machine. */
const MACHINE = /^(PATH|HOME|PWD|OLDPWD|SHLVL|_|CI|NO_COLOR|USER|SHELL|TERM|TMPDIR|HOSTNAME|LANG|NODE|INIT_CWD|npm_.*)$/;

/** One assignment, as dotenv reads it. */
const LINE =
  /^[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)('[^'\n]*'|"[^"\n]*"|`[^`\n]*`|[^#\n]*)?[ \t]*(?:#.*)?$/gm;

/** The environment of a production build: empty, but for `NODE_ENV`. */
export function environment() {
  return new Lookup((name) => {
    if (MACHINE.test(name)) decline(`process.env.${name} depends on the machine`);
    return name === 'NODE_ENV' ? 'production' : undefined;
  });
}

/** The environment files of a mode, in Vite's order: later ones win. */
export const envFiles = (/** @type {string} */ mode) => ['.env', '.env.local', `.env.${mode}`, `.env.${mode}.local`];

/**
 * @param {string} file
 * @param {string} text
 * @returns {Array<[string, string]>}
 */
export function parseEnv(file, text) {
  if (text.length > 100_000) decline(`${file}: too long`);
  /** @type {Array<[string, string]>} */
  const variables = [];
  for (const [, name, raw = ''] of text.replaceAll(/\r\n?/g, '\n').matchAll(LINE)) {
    const value = raw.trim();
    const bare = value.replace(/^(['"`])([\s\S]*)\1$/, '$2');
    if (/[$`]|\\[nr]/.test(value) || /^['"`]/.test(bare)) decline(`${file}: ${name} is not a plain value`);
    if (name === 'NODE_ENV') decline(`${file}: sets NODE_ENV`);
    variables.push([name, bare]);
  }
  return variables;
}
